"""Which windows hold over which lanes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from catalog.models import Service, Team, User
from changes.models import Window
from changes.queries.bands import Lane, bands, scope_words, service_lanes, team_lanes, touching
from changes.windows import Interval
from tests import living

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
API = Lane("payments-api", "Payments", "payments", "Europe/Amsterdam", 1)
SHOP = Lane("shop", "Shop", "web", "Europe/Lisbon", 3)
PAYMENTS = Lane("payments", "Payments", "payments", "Europe/Amsterdam")


@pytest.fixture(autouse=True)
def no_windows(db: None) -> None:
    Window.objects.all().delete()


def frozen(name: str = "Audit", **given: Any) -> Window:
    period = {"starts_at": MONDAY, "ends_at": MONDAY + timedelta(hours=1)}
    return Window.objects.create(**({"name": name} | period | given))


def covered(*lanes: Lane, environment: str = "") -> list[tuple[str, list[str]]]:
    rows = touching(within=WEEK, environment=environment)
    found = bands(rows, within=WEEK, lanes=lanes)
    return [(one.occurrence.name, sorted(one.lanes)) for one in found]


@pytest.mark.parametrize(
    ("scope", "lanes"),
    [
        ({}, ["payments-api", "shop"]),
        ({"teams": ["payments"]}, ["payments-api"]),
        ({"services": ["shop"]}, ["shop"]),
        ({"tiers": [1]}, ["payments-api"]),
        ({"teams": ["payments"], "tiers": [1, 3]}, ["payments-api"]),
        ({"environments": ["staging"]}, ["payments-api", "shop"]),
    ],
)
def test_a_window_covers_the_lanes_in_its_scope(scope: dict[str, Any], lanes: list[str]):
    frozen(**scope)

    assert covered(API, SHOP) == [("Audit", lanes)]


@pytest.mark.parametrize("scope", [{"services": ["payments-api"]}, {"tiers": [1]}])
def test_a_window_over_part_of_a_team_is_not_drawn_over_the_team(scope: dict[str, Any]):
    frozen(**scope)

    assert covered(PAYMENTS) == []


def test_only_windows_of_the_environment_are_drawn_when_one_is_asked():
    frozen("Everywhere")
    frozen("Elsewhere", environments=["staging"])

    assert covered(API, environment="production") == [("Everywhere", ["payments-api"])]


def test_windows_of_other_times_and_those_put_away_are_left_out():
    frozen("Before", starts_at=MONDAY - timedelta(hours=2), ends_at=MONDAY)
    frozen("After", starts_at=WEEK.ends_at, ends_at=WEEK.ends_at + timedelta(hours=1))
    frozen("Away", is_active=False)

    assert covered(API) == []


def test_a_freeze_without_a_zone_holds_in_the_zone_of_each_team():
    weekly = {"recurrence": "FREQ=WEEKLY;BYDAY=WE", "first_date": date(2026, 1, 7)}
    hours = {"start_time": time(16), "duration": timedelta(hours=2)}
    frozen("Floating", starts_at=None, ends_at=None, **weekly, **hours)
    rows = touching(within=WEEK)

    found = bands(rows, within=WEEK, lanes=[API, SHOP, PAYMENTS])

    assert [(sorted(one.lanes), one.occurrence.interval.starts_at.hour) for one in found] == [
        (["payments", "payments-api"], 15),
        (["shop"], 16),
    ]


def test_a_window_says_what_it_is_narrowed_to():
    window = frozen(
        environments=["production"],
        teams=["payments"],
        services=["refunds"],
        tiers=[1],
        kinds=["normal"],
        categories=["database"],
        except_standard_up_to_risk="low",
    )

    assert scope_words(window) == (
        "production, team payments, refunds, tier 1, normal changes, database, "
        "not standard changes up to low risk"
    )
    assert scope_words(frozen("Everything")) == ""


@pytest.fixture
def shop(settled: None) -> Service:
    web = Team.objects.create(slug="web", name="Web", time_zone="Europe/Lisbon")
    return Service.objects.create(slug="shop", name="Shop", owner_team=web)


def test_lanes_are_the_busy_services_and_those_of_my_teams(shop: Service):
    def slugs(reader: User, **asked: Any) -> list[str]:
        return [lane.slug for lane in service_lanes(reader=reader, **asked)]

    engineer, stranger = living.person("engineer"), living.person("stranger")
    assert slugs(engineer, busy=["shop"]) == ["payments-api", "refunds", "shop"]
    assert slugs(stranger, busy=["shop"]) == ["shop"]
    assert slugs(stranger, busy=[], team="payments") == ["payments-api", "refunds"]
    assert slugs(engineer, busy=[], service="shop") == ["shop"]


def test_lanes_of_teams_likewise(shop: Service, django_assert_num_queries: Any):
    engineer = living.person("engineer")

    with django_assert_num_queries(1):
        lanes = team_lanes(busy=["web"], reader=engineer)

    assert [(lane.slug, lane.zone, lane.is_team) for lane in lanes] == [
        ("payments", "Europe/Amsterdam", True),
        ("web", "Europe/Lisbon", True),
    ]
    assert [lane.slug for lane in team_lanes(busy=[], reader=engineer, service="shop")] == ["web"]

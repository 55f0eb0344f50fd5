"""The tide line: what the gate says now for production."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from catalog.models import Environment, Membership, Service, Team, User
from changes import gate
from changes.models import Window
from changes.queries.tide import tide_facts
from changes.web.tide import AHEAD, tide
from incidents import lifecycle as incidents
from incidents.models import Incident

pytestmark = pytest.mark.django_db
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEDNESDAY = datetime(2026, 11, 18, 9, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
FRIDAY_16 = datetime(2026, 11, 20, 15, tzinfo=UTC)
MONDAY_06 = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def engineer(db: None) -> User:
    return User.objects.create_user("engineer", time_zone="Europe/Amsterdam")


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.get_or_create(slug="production", defaults={"name": "Production"})[0]


@pytest.fixture
def payments_api(engineer: User) -> Service:
    team = Team.objects.create(slug="payments", name="Payments", time_zone="Europe/Amsterdam")
    Membership.objects.create(team=team, user=engineer)
    return Service.objects.create(slug="payments-api", name="Payments", tier=1, owner_team=team)


@pytest.fixture
def weekend(db: None) -> Window:
    """The freeze every installation begins with, also after a test that emptied every table."""
    return Window.objects.get_or_create(
        name="Weekend freeze",
        defaults={
            "recurrence": "FREQ=WEEKLY;BYDAY=FR",
            "first_date": date(2024, 1, 5),
            "start_time": time(16),
            "duration": timedelta(hours=62),
            "environments": ["production"],
        },
    )[0]


@pytest.fixture
def seen(
    engineer: User, production: Environment, payments_api: Service, weekend: Window
) -> Callable[..., dict[str, Any]]:
    """The tide as somebody reads it at an instant."""

    def read(at: datetime, by: User = engineer) -> dict[str, Any]:
        facts = tide_facts(reader=by, now=at, ahead=AHEAD)
        assert facts is not None
        return tide(facts, now=at, zone=AMSTERDAM)

    return read


def sentence(found: dict[str, Any]) -> tuple[str, str, datetime | None, str]:
    return found["tone"], found["words"], found["until"], found["reason"]


def declared(service: Service, by: User, severity: int) -> Incident:
    return incidents.declare(
        title="Down", service=service, severity=severity, actor=by, now=WEDNESDAY
    )


def test_it_is_open_until_the_next_freeze(seen: Callable[..., dict[str, Any]]):
    found = seen(WEDNESDAY)

    assert sentence(found) == ("go", "Open until", FRIDAY_16, "then Weekend freeze")
    assert (found["scope"], found["url"]) == ("Production", "/gate/")


def test_it_is_frozen_until_the_freeze_ends(seen: Callable[..., dict[str, Any]]):
    assert sentence(seen(SATURDAY)) == ("stop", "Frozen until", MONDAY_06, "Weekend freeze")


def test_freezes_that_touch_are_one(seen: Callable[..., dict[str, Any]]):
    Window.objects.create(name="Audit", starts_at=MONDAY_06, ends_at=MONDAY_06 + 24 * HOUR)

    found = sentence(seen(SATURDAY))

    assert found == (
        "stop",
        "Frozen until",
        MONDAY_06 + 24 * HOUR,
        "Weekend freeze and Audit",
    )


def test_the_edges_of_a_freeze_are_half_open(seen: Callable[..., dict[str, Any]]):
    assert seen(FRIDAY_16 - timedelta(seconds=1))["words"] == "Open until"
    assert seen(FRIDAY_16)["words"] == "Frozen until"
    assert seen(MONDAY_06)["words"] == "Open until"


def test_a_major_incident_on_my_service_stops(
    seen: Callable[..., dict[str, Any]], payments_api: Service, engineer: User
):
    staging = Environment.objects.create(slug="staging", name="Staging")
    incidents.declare(
        title="Down",
        service=payments_api,
        environment=staging,
        severity=1,
        actor=engineer,
        now=WEDNESDAY,
    )
    incident = declared(payments_api, engineer, 1)

    found = seen(WEDNESDAY)

    words = f"{incident.ref} SEV-1 holds payments-api"
    assert sentence(found) == ("stop", words, None, "everything else is open")
    assert found["url"] == f"/incidents/{incident.ref}"


def test_an_incident_elsewhere_is_told_and_mine_comes_first(
    seen: Callable[..., dict[str, Any]], payments_api: Service, engineer: User
):
    stranger = User.objects.create_user("stranger")
    search = Service.objects.create(
        slug="search", name="Search", owner_team=Team.objects.create(slug="data", name="Data")
    )
    elsewhere = declared(search, engineer, 1)
    mine = declared(payments_api, engineer, 2)

    found, others = seen(WEDNESDAY), seen(WEDNESDAY, by=stranger)

    assert found["words"] == f"{mine.ref} SEV-2 holds payments-api, and 1 more is open"
    assert (found["tone"], found["url"]) == ("stop", "/incidents/")
    assert others["words"] == f"{elsewhere.ref} SEV-1 holds search, and 1 more is open"
    assert others["tone"] == "wait"


def test_a_lesser_incident_holds_nothing(
    seen: Callable[..., dict[str, Any]], payments_api: Service, engineer: User
):
    declared(payments_api, engineer, 3)

    assert seen(WEDNESDAY)["words"] == "Open until"


def test_a_freeze_tells_of_the_incident_too(
    seen: Callable[..., dict[str, Any]], payments_api: Service, engineer: User
):
    incident = declared(payments_api, engineer, 1)

    assert seen(SATURDAY)["reason"] == f"Weekend freeze; {incident.ref} SEV-1 holds payments-api"


@pytest.mark.parametrize(
    "narrowed",
    [
        {"services": ["payments-api"]},
        {"tiers": [4]},
        {"kinds": ["standard"]},
        {"categories": ["database"]},
        {"environments": ["staging"]},
        {"teams": ["data"]},
        {"level": "warn"},
        {"is_active": False},
        {"effect": "maintenance"},
    ],
)
def test_what_does_not_freeze_production_whole_is_left_out(
    narrowed: dict[str, Any], seen: Callable[..., dict[str, Any]]
):
    row = {"name": "Part", "starts_at": WEDNESDAY - HOUR, "ends_at": WEDNESDAY + HOUR}
    Window.objects.create(**(row | narrowed))

    assert sentence(seen(WEDNESDAY)) == ("go", "Open until", FRIDAY_16, "then Weekend freeze")


def test_a_freeze_of_my_team_is_mine_alone(seen: Callable[..., dict[str, Any]]):
    Window.objects.create(
        name="Settlement",
        teams=["payments"],
        starts_at=WEDNESDAY - HOUR,
        ends_at=WEDNESDAY + HOUR,
    )

    assert seen(WEDNESDAY)["reason"] == "Settlement"
    assert seen(WEDNESDAY, by=User.objects.create_user("stranger"))["words"] == "Open until"


def test_who_is_in_no_team_sees_the_freeze_of_every_zone(seen: Callable[..., dict[str, Any]]):
    lisbon = Team.objects.create(slug="web", name="Web", time_zone="Europe/Lisbon")
    Service.objects.create(slug="shop", name="Shop", owner_team=lisbon)
    stranger = User.objects.create_user("stranger")

    found = seen(SATURDAY, by=stranger)

    assert sentence(found) == ("stop", "Frozen until", MONDAY_06 + HOUR, "Weekend freeze")


def test_without_a_freeze_it_is_open(seen: Callable[..., dict[str, Any]], weekend: Window):
    weekend.delete()

    found = seen(WEDNESDAY)

    assert sentence(found) == ("go", "Open", None, "no freeze in the next four weeks")
    assert found["spans"] == [{"word": "open", "x": 0.0, "width": 100.0, "title": "Open"}]


def test_a_closed_environment_opens_in_maintenance_only(
    seen: Callable[..., dict[str, Any]], production: Environment, weekend: Window
):
    weekend.delete()
    production.default = "closed"
    production.save()
    opens = WEDNESDAY + 2 * HOUR
    Window.objects.create(name="Night", effect="maintenance", starts_at=opens, ends_at=opens + HOUR)

    before, during = seen(WEDNESDAY), seen(opens)

    assert sentence(before) == ("stop", "Closed until", opens, "no maintenance window")
    assert sentence(during) == ("go", "Open until", opens + HOUR, "then no maintenance window")


def test_the_week_ahead_is_drawn_without_gaps(seen: Callable[..., dict[str, Any]]):
    found = seen(WEDNESDAY)

    assert [(one["word"], one["title"]) for one in found["spans"]] == [
        ("open", "Open until Fri 20 Nov 16:00 CET"),
        ("frozen", "Weekend freeze until Mon 23 Nov 06:00 CET"),
        ("open", "Open"),
    ]
    edges = [(one["x"], round(one["x"] + one["width"], 2)) for one in found["spans"]]
    assert edges == [(0.0, 32.14), (32.14, 69.05), (69.05, 100.0)]
    assert [day["label"] for day in found["days"]] == [
        "Thu",
        "Fri",
        "Sat",
        "Sun",
        "Mon",
        "Tue",
        "Wed",
    ]
    assert found["days"][0]["x"] == round(14 / 168 * 100, 2)


@pytest.mark.parametrize("at", [WEDNESDAY, FRIDAY_16, SATURDAY, MONDAY_06])
def test_it_says_what_the_gate_says(
    at: datetime,
    seen: Callable[..., dict[str, Any]],
    payments_api: Service,
    engineer: User,
    weekend: Window,
):
    question = gate.Question(service="payments-api", environment="production")
    answer = gate.examine(question, at=at, now=at, kind="normal", reader=engineer).answer

    found = seen(at)

    assert (found["tone"] == "go") is (answer.decision == "allow")
    if answer.decision != "allow":
        assert found["until"] == answer.next_allowed_at


def test_without_production_there_is_no_tide(engineer: User, client: Client):
    Environment.objects.all().delete()
    client.force_login(engineer)

    assert tide_facts(reader=engineer, now=WEDNESDAY, ahead=AHEAD) is None
    assert "What the gate says now" not in client.get("/catalog/").content.decode()


def test_a_page_shows_it_and_it_costs_two_statements(
    engineer: User,
    production: Environment,
    payments_api: Service,
    client: Client,
    django_assert_num_queries: Any,
):
    client.force_login(engineer)

    with django_assert_num_queries(2):
        tide_facts(reader=engineer, now=WEDNESDAY, ahead=AHEAD)
    assert "What the gate says now" in client.get("/catalog/").content.decode()

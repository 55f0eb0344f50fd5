"""The best slots over REST."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Environment, Service, ServiceDependency
from changes import environments
from changes.models import Window
from tests.changes.api.world import caller, filed, scheduled, user

pytestmark = pytest.mark.usefixtures("organisation")
HOUR = timedelta(hours=1)
PLACE = {"service": "payments-api", "environment": "production", "duration": "PT1H"}


def monday() -> datetime:
    """Next Monday, ten in the morning in Amsterdam, give or take an hour."""
    now = datetime.now(UTC)
    day = now + timedelta(days=7 - now.weekday())
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_the_first_free_hour_of_a_working_day_comes_first_with_its_arithmetic():
    begin = monday()
    Window.objects.create(name="Audit", effect="freeze", starts_at=begin, ends_at=begin + 2 * HOUR)

    body = (
        caller("engineer")
        .get("/slots", **PLACE, **{"from": iso(begin), "until": iso(begin + 4 * HOUR)}, limit=1)
        .json()
    )

    (slot,) = body["slots"]
    assert slot["starts_at"] == iso(begin + 2 * HOUR)
    assert slot["ends_at"] == iso(begin + 3 * HOUR)
    assert slot["factors"][0]["name"] == "staff hours"
    assert slot["score"] == 50 + sum(one["points"] for one in slot["factors"])
    assert body["says"] == ""


@pytest.mark.parametrize("other", ["payments-api", "search"])
def test_what_is_scheduled_on_the_service_or_what_it_needs_is_gone_round(other):
    payments, search = (Service.objects.get(slug=slug) for slug in ("payments-api", "search"))
    ServiceDependency.objects.create(service=payments, needs=search)
    begin = monday()
    planned = {"planned_start_at": iso(begin), "planned_end_at": iso(begin + HOUR)}
    if other == "payments-api":
        ref = scheduled(service=other, **planned)
    else:
        ref = filed(by="stranger", service=other, **planned)
    asked = {"from": iso(begin), "until": iso(begin + 3 * HOUR)}

    body = caller("engineer").get("/slots", **PLACE, **asked, limit=3).json()

    starts = [slot["starts_at"] for slot in body["slots"]]
    assert (iso(begin) in starts) == (other == "search"), ref


def test_a_change_is_not_in_its_own_way():
    begin = monday()
    planned = {"planned_start_at": iso(begin), "planned_end_at": iso(begin + HOUR)}
    ref = scheduled(**planned)
    asked = {"from": iso(begin), "until": iso(begin + HOUR), "limit": 1}

    alone = caller("engineer").get("/slots", **PLACE, **asked).json()
    own = caller("engineer").get("/slots", **PLACE, **asked, change=ref).json()

    assert alone["slots"] == []
    assert alone["says"].startswith(
        "No 1 h is free in the 1 h that were searched: freezes take 0 h"
    )
    assert [slot["starts_at"] for slot in own["slots"]] == [iso(begin)]


def test_an_environment_that_takes_one_change_at_a_time_has_no_room_beside_any():
    begin = monday()
    planned = {"planned_start_at": iso(begin), "planned_end_at": iso(begin + HOUR)}
    scheduled(service="refunds", **planned)
    asked = {**PLACE, "service": "search", "from": iso(begin), "until": iso(begin + HOUR)}
    engineer = caller("engineer")
    assert len(engineer.get("/slots", **asked).json()["slots"]) == 1

    Environment.objects.filter(slug="production").update(one_at_a_time="environment")

    assert engineer.get("/slots", **asked).json()["slots"] == []


def test_a_locked_environment_has_slots_after_its_lock():
    begin = monday()
    environments.lock(
        environment="production",
        reason="The racks are moved.",
        until=begin + 3 * HOUR,
        actor=user("manager"),
        now=datetime.now(UTC),
    )

    body = caller("engineer").get("/slots", **PLACE, until=iso(begin + 8 * HOUR)).json()

    assert body["slots"][0]["starts_at"] == iso(begin + 3 * HOUR)


def test_a_closed_environment_has_slots_in_its_maintenance_windows_alone():
    Environment.objects.filter(slug="production").update(default="closed")
    begin = monday()
    Window.objects.create(
        name="Opening",
        effect="maintenance",
        starts_at=begin + 5 * HOUR,
        ends_at=begin + 6 * HOUR,
    )

    body = caller("engineer").get("/slots", **PLACE, until=iso(begin + 24 * HOUR)).json()

    assert [slot["starts_at"] for slot in body["slots"]] == [iso(begin + 5 * HOUR)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"duration": "PT1M"}, "duration"),
        ({"duration": "P4D"}, "duration"),
        ({"duration": "an hour"}, "duration"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "2199-01-01T00:00:00Z"}, "until"),
        ({"service": "paymets-api"}, "service"),
        ({"environment": "mars"}, "environment"),
        ({"change": "CHG-x"}, "change"),
        ({"limit": "99"}, "limit"),
        ({"quiet": "yes"}, "quiet"),
    ],
)
def test_bad_input_is_422_beside_its_field(given, field):
    answer = caller("engineer").get("/slots", **{**PLACE, **given})

    assert answer.status_code == 422, answer.content
    assert list(answer.json()["errors"]) == [field]


def test_a_token_that_does_not_reach_the_service_is_refused():
    assert caller("engineer", services=("search",)).get("/slots", **PLACE).status_code == 403


def test_it_costs_the_same_for_one_and_for_three_neighbours(django_assert_num_queries):
    begin = monday()
    engineer = caller("engineer")
    ref = filed(planned_start_at=iso(begin), planned_end_at=iso(begin + HOUR))
    engineer.post(f"/changes/{ref}/submit")
    asked = {**PLACE, "from": iso(begin), "until": iso(begin + 9 * HOUR)}

    with django_assert_num_queries(7):  # token, facts, service, needs, needed by, changes, affected
        engineer.get("/slots", **asked)
    for hours in (2, 4):
        start = begin + hours * HOUR
        ref = filed(planned_start_at=iso(start), planned_end_at=iso(start + HOUR))
        engineer.post(f"/changes/{ref}/submit")
    with django_assert_num_queries(7):
        engineer.get("/slots", **asked)

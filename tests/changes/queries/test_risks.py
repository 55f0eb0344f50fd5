"""What the risk of a change rests on, as it is read."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from catalog.models import Service, ServiceDependency
from changes import risk, track_records
from changes.models import Change, ListedTime, Window
from changes.queries import risks
from changes.states import State
from tests import living
from tests.living import at, change_at, file, say

pytestmark = pytest.mark.usefixtures("settled")


def chain(*slugs: str) -> None:
    """Each needs the one before it."""
    team = living.service().owner_team
    rows = [
        Service.objects.get_or_create(slug=slug, defaults={"name": slug, "owner_team": team})[0]
        for slug in slugs
    ]
    for needed, one in pairwise(rows):
        ServiceDependency.objects.get_or_create(service=one, needs=needed)


def test_dependents_are_counted_at_their_nearest_depth() -> None:
    chain("refunds", "a", "b", "c", "d", "e")
    chain("refunds", "x")
    chain("x", "b")

    found = risks.circumstances(file())

    assert found.dependents == (2, 1, 1, 1)


def test_services_that_need_each_other_end_somewhere() -> None:
    chain("refunds", "a", "b", "refunds")

    assert risks.circumstances(file()).dependents == (1, 1)


def test_what_is_not_active_carries_nothing_on() -> None:
    chain("refunds", "a", "b")
    Service.objects.filter(slug="a").update(is_active=False)

    assert risks.circumstances(file()).dependents == ()


def test_the_period_is_told_in_the_zone_of_the_owner_team() -> None:
    found = risks.circumstances(file())

    assert (str(found.starts_at), str(found.ends_at)) == (
        "2026-11-18 11:00:00+01:00",
        "2026-11-18 13:00:00+01:00",
    )


def test_what_is_scheduled_there_meanwhile_is_counted_and_itself_is_not() -> None:
    change_at(State.SCHEDULED)
    change_at(State.AWAITING_APPROVAL)
    change_at(State.SCHEDULED, planned_start_at=at(180), planned_end_at=at(240))
    own = change_at(State.SCHEDULED)

    assert risks.circumstances(own).overlapping == 1


def test_a_known_holiday_within_a_day_of_its_end_is_named() -> None:
    calendar = Window.objects.create(
        name="Holidays", effect="freeze", source="holidays", holidays="NL", is_active=False
    )
    ListedTime.objects.create(
        window=calendar, starts_at=at(180 + 60 * 20), ends_at=at(180 + 60 * 44), summary="Kings day"
    )

    assert risks.circumstances(file()).holiday == "Kings day"
    later = file(planned_start_at=at(60 * 48), planned_end_at=at(60 * 49))
    assert risks.circumstances(later).holiday == ""


def test_history_is_that_of_its_service_template_and_category() -> None:
    for category in ("database", "deployment"):
        change = change_at(State.VALIDATING, category=category)
        say("review", change, minutes=100, text="It was the cache.")
        say("close", change, minutes=120, outcome="failed", note="No.")
    track_records.count(now=at(130))

    found = risks.circumstances(file(category="database", rollout="canary")).history

    assert (found.organisation, found.service, found.category, found.template) == (
        risk.Record(2, 2, 0),
        risk.Record(2, 2, 0),
        risk.Record(1, 1, 0),
        None,
    )


def test_a_failure_raises_what_is_filed_next() -> None:
    before = file()
    for _ in range(3):
        change = change_at(State.VALIDATING)
        say("review", change, minutes=100, text="It was the cache.")
        say("close", change, minutes=120, outcome="failed", note="No.")
    track_records.count(now=at(130))

    after = file(by="peer", minutes=140)

    assert after.risk_score > before.risk_score
    assert after.risk_model == risk.MODEL


def test_it_is_one_statement(django_assert_num_queries: Callable[[int], Any]) -> None:
    chain("refunds", "a", "b")
    change = Change.objects.select_related("service", "environment").get(pk=file().pk)

    with django_assert_num_queries(1):
        risks.circumstances(change)


def test_a_hub_is_counted_as_far_as_it_weighs() -> None:
    hub = living.service("refunds")
    many = Service.objects.bulk_create(
        Service(slug=f"needs-it-{number}", name="x", owner_team=hub.owner_team)
        for number in range(120)
    )
    ServiceDependency.objects.bulk_create(ServiceDependency(service=one, needs=hub) for one in many)

    found = risks.circumstances(file())

    assert found.dependents == (99,)
    (told,) = [f for f in risk.assess(found).factors if f.name == "blast radius"]
    assert told.why.startswith("At least 99 services depend on this one")

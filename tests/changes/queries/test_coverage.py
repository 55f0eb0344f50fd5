"""How much of what is deployed had leave, counted once and honestly."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.models import Service
from changes.models import SeenDeployment
from changes.queries import coverage
from changes.queries.coverage import Asked, Counted
from changes.states import State
from tests.living import change_at, environment, service

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Asked(MONDAY, MONDAY + timedelta(days=7))


def seen(state: str, *, by: str = "", on: str = "refunds", days: float = 1, count: int = 1) -> None:
    change = change_at(State.PLANNING, service=service(on)) if by else None
    place = {} if state == "unmapped" else {"service": service(on), "environment": environment()}
    SeenDeployment.objects.bulk_create(
        SeenDeployment(
            vendor="github",
            at=MONDAY + timedelta(days=days),
            seen_at=MONDAY,
            state=state,
            by=by,
            change=change,
            **place,
        )
        for _ in range(count)
    )


@pytest.mark.parametrize(
    ("counted", "percent"),
    [
        (Counted(), None),
        (Counted(waiting=3), None),
        (Counted(by_permit=1), 100.0),
        (Counted(by_permit=1, waiting=9), 100.0),
        (Counted(by_permit=1, by_change=1, unauthorised=1), 66.6),
        (Counted(unauthorised=5), 0.0),
        (Counted(by_permit=99_999, unauthorised=1), 99.9),
    ],
)
def test_all_is_only_said_of_all_and_nothing_of_nothing(counted, percent) -> None:
    assert counted.percent == percent


def test_each_service_team_and_week_is_counted(settled) -> None:
    seen("authorised", by="permit", count=3)
    seen("authorised", by="change")
    seen("unauthorised", count=2)
    seen("waiting")
    seen("unmapped", count=4)
    seen("authorised", by="permit", days=-1)

    found = coverage.coverage(WEEK)

    refunds = Counted(by_permit=3, by_change=1, unauthorised=2, waiting=1)
    assert [(one.service, one.team, one.counted) for one in found.services] == [
        ("refunds", "payments", refunds),
        ("payments-api", "payments", Counted()),
    ]
    assert (found.total, found.teams) == (refunds, {"payments": refunds})
    assert found.weeks == {date(2026, 11, 16): refunds}
    assert (found.quiet, found.unmapped, found.full) == (1, 4, False)
    assert (refunds.seen, refunds.percent) == (7, 66.6)


def test_the_period_is_half_open_and_weeks_begin_in_the_readers_zone(settled) -> None:
    seen("unauthorised", days=0)
    seen("unauthorised", days=6.99)
    seen("unauthorised", days=7)

    assert coverage.coverage(WEEK).total.unauthorised == 2
    there = Asked(WEEK.since, WEEK.until, zone="America/New_York")
    assert list(coverage.coverage(there).weeks) == [date(2026, 11, 9), date(2026, 11, 16)]


def test_one_team_and_retired_services(settled) -> None:
    seen("unauthorised")
    Service.objects.filter(slug="payments-api").update(is_active=False)

    ours = coverage.coverage(Asked(WEEK.since, WEEK.until, team="payments"))
    theirs = coverage.coverage(Asked(WEEK.since, WEEK.until, team="nobody"))

    assert [one.service for one in ours.services] == ["refunds"]
    assert (theirs.services, theirs.total, theirs.quiet) == ([], Counted(), 0)


def test_it_takes_two_statements_however_much_was_seen(settled, django_assert_num_queries) -> None:
    seen("unauthorised", count=30)
    seen("authorised", by="permit", on="payments-api", count=30)

    with django_assert_num_queries(2):
        found = coverage.coverage(WEEK, limit=1)

    assert ([one.service for one in found.services], found.full) == (["refunds"], True)

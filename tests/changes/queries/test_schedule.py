"""The schedule: what a period shows, when it only counts, and what it costs."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from catalog.models import Service, Team
from changes.models import Change, Window
from changes.queries import schedule
from changes.queries.lists import Filters
from changes.queries.schedule import Schedule
from changes.windows import Interval
from tests.changes.queries.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def planned(
    *, within: Interval | None = None, by: str = "service", zone: str = "UTC", **narrowed: Any
) -> Schedule:
    within = within or Interval(NOW, NOW + DAY)
    return schedule.of_period(within=within, filters=Filters(**narrowed), by=by, zone=zone)


def refs(found: Schedule) -> list[str]:
    return [change.ref for lane in found.lanes for change in lane.changes]


def test_a_lane_holds_the_changes_of_a_service_earliest_first(
    file: Callable[..., Change], payments: Team
):
    cdn = Service.objects.create(slug="cdn", name="CDN", owner_team=payments)
    late = file(starts_in=3 * HOUR)
    early = file(starts_in=2 * HOUR)
    elsewhere = file(starts_in=HOUR, service=cdn)

    found = planned()

    assert [(lane.place.slug, [change.ref for change in lane.changes]) for lane in found.lanes] == [
        ("cdn", [elsewhere.ref]),
        ("payments-api", [early.ref, late.ref]),
    ]
    assert (found.is_counted, found.days) == (False, ())


def test_lanes_can_stand_for_teams(file: Callable[..., Change], payments: Team):
    cdn = Service.objects.create(slug="cdn", name="CDN", owner_team=payments)
    first, second = file(starts_in=HOUR), file(starts_in=2 * HOUR, service=cdn)

    found = planned(by="team")

    assert [(lane.place.slug, refs(found)) for lane in found.lanes] == [
        ("payments", [first.ref, second.ref])
    ]


@pytest.mark.parametrize(
    ("starts_in", "lasts", "shown"),
    [
        (-2 * HOUR, 2 * HOUR, False),
        (-2 * HOUR, 3 * HOUR, True),
        (timedelta(0), HOUR, True),
        (DAY - HOUR, 2 * HOUR, True),
        (DAY, HOUR, False),
        (-6 * DAY, 6 * DAY + HOUR, True),
        (-30 * DAY, 30 * DAY + HOUR, True),
        (-30 * DAY, 60 * DAY, True),
    ],
)
def test_a_change_is_shown_while_its_period_touches(
    starts_in: timedelta, lasts: timedelta, shown: bool, file: Callable[..., Change]
):
    change = file(starts_in=starts_in, lasts=lasts, filed=min(NOW, NOW + starts_in))

    assert refs(planned()) == ([change.ref] if shown else [])


def test_a_change_without_a_period_is_not_shown(file: Callable[..., Change]):
    file()

    assert planned().lanes == ()


def test_filters_narrow_the_schedule(file: Callable[..., Change]):
    change = file(starts_in=HOUR)

    assert refs(planned(team="payments", state=("planning",))) == [change.ref]
    assert refs(planned(state=("closed",))) == []


def test_what_a_team_planned_for_long_is_told_from_what_others_did(
    file: Callable[..., Change], payments: Team
):
    platform = Team.objects.create(slug="platform", name="Platform")
    cdn = Service.objects.create(slug="cdn", name="CDN", tier=4, owner_team=platform)
    theirs = file(starts_in=-9 * DAY, lasts=60 * DAY, filed=NOW - 9 * DAY, service=cdn)
    ours = file(starts_in=-9 * DAY, lasts=60 * DAY, filed=NOW - 9 * DAY)

    assert [refs(planned(team=slug)) for slug in ("platform", "payments")] == [
        [theirs.ref],
        [ours.ref],
    ]
    assert [lane.place.name for lane in planned(team="platform").lanes] == ["CDN"]


def test_too_many_changes_are_counted_by_local_day(
    file: Callable[..., Change], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schedule, "BARS_AT_MOST", 2)
    file(starts_in=HOUR), file(starts_in=2 * HOUR), file(starts_in=14 * HOUR)
    file(starts_in=-HOUR, lasts=2 * HOUR)

    utc, tokyo = planned(), planned(zone="Asia/Tokyo")

    assert utc.lanes == ()
    assert [(day.day, day.counts, day.total) for day in utc.days] == [
        (date(2026, 11, 18), {"planning": 4}, 4)
    ]
    assert [(day.day, day.counts) for day in tokyo.days] == [
        (date(2026, 11, 18), {"planning": 3}),
        (date(2026, 11, 19), {"planning": 1}),
    ]


def test_windows_of_the_scope_shade_the_schedule(payments: Team, payments_api: Service):
    Team.objects.create(slug="platform", name="Platform")
    Window.objects.filter(name="Weekend freeze").delete()
    for name, scope in (
        ("All", {}),
        ("Ours", {"teams": ["payments"]}),
        ("Theirs", {"teams": ["platform"]}),
    ):
        Window.objects.create(name=name, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, **scope)

    def names(found: Schedule) -> list[str]:
        return [shade.occurrence.name for shade in found.shades]

    assert names(planned()) == ["All", "Ours", "Theirs"]
    assert names(planned(team="payments")) == ["All", "Ours"]
    assert names(planned(service="payments-api")) == ["All", "Ours"]
    assert names(planned(within=Interval(NOW + 2 * HOUR, NOW + DAY))) == []


@pytest.mark.parametrize("team", ["", "payments"])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_schedule_takes_four_statements_however_many_rows(
    rows: int, team: str, file: Callable[..., Change], django_assert_num_queries: Any
):
    for _ in range(rows):
        file(starts_in=HOUR)

    with django_assert_num_queries(4):
        assert len(refs(planned(team=team))) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_a_counted_schedule_of_a_team_takes_five_statements(
    rows: int,
    file: Callable[..., Change],
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(schedule, "BARS_AT_MOST", 0)
    for _ in range(rows):
        file(starts_in=HOUR)

    with django_assert_num_queries(5):
        assert planned(team="payments").days[0].total == rows

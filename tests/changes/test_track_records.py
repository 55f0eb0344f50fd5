"""How changes went, counted by day: the same as counting them all again."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from changes import track_records
from changes.models import Change, TrackRecord, TrackRecordCount, TrackRecordDay
from changes.states import Kind, State
from incidents.models import Incident
from tests import living
from tests.living import at, change_at, say

pytestmark = pytest.mark.usefixtures("settled")
WRONG = ("failed", "rolled_back")


def ended(outcome: str = "successful", *, minutes: float = 120, **given: Any) -> Change:
    """A change that was closed so many minutes after nine on Wednesday."""
    change = change_at(State.VALIDATING, **given)
    if outcome in WRONG or change.kind == Kind.EMERGENCY:
        say("review", change, minutes=minutes, text="It was the cache.")
    say("close", change, minutes=minutes, outcome=outcome, note="That is how it went.")
    return change


def recounted(*, now: datetime) -> dict[str, tuple[int, int, int]]:
    """The year up to `now`, change by change."""
    closed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    followed: Counter[str] = Counter()
    first = (now - track_records.YEAR).date()
    for change in Change.objects.filter(state="closed"):
        assert change.ended_at is not None
        assert change.started_at is not None
        if change.ended_at.date() < first:
            continue
        after = Incident.objects.filter(
            service=change.service,
            severity__lte=2,
            declared_at__gt=change.started_at,
            declared_at__lte=change.started_at + timedelta(hours=24),
        ).exclude(pk=change.incident_id)
        named = ["organisation", f"service:{change.service_id}", f"category:{change.category}"]
        if change.template_id:
            named.append(f"template:{change.template_id}")
        for subject in named:
            closed[subject] += 1
            failed[subject] += change.outcome in WRONG
            followed[subject] += after.exists()
    return {name: (closed[name], failed[name], followed[name]) for name in closed}


def kept() -> dict[str, tuple[int, int, int]]:
    rows = TrackRecord.objects.all()
    return {row.subject: (row.closed, row.failed, row.followed) for row in rows}


def a_busy_day() -> None:
    ended()
    ended("failed", category="database")
    ended("rolled_back", service=living.service("payments-api"))
    ended(kind=Kind.STANDARD)
    ended(kind=Kind.EMERGENCY, incident=living.incident(1, minutes=61))
    change_at(State.SCHEDULED)


def test_counting_by_day_is_counting_all() -> None:
    a_busy_day()
    living.incident(2, minutes=200)

    track_records.count(now=at(300))

    assert kept() == recounted(now=at(300))
    assert kept()["organisation"] == (5, 2, 4)


def test_what_is_closed_later_is_added() -> None:
    a_busy_day()
    track_records.count(now=at(300))
    ended("failed", service=living.service("payments-api"))

    assert track_records.count(now=at(600)) == 7
    assert kept() == recounted(now=at(600))


def test_an_incident_a_day_later_counts_for_a_change_that_was_counted() -> None:
    ended()
    track_records.count(now=at(300))
    before = kept()["organisation"]
    living.incident(2, minutes=60 + 24 * 60)

    track_records.count(now=at(60 + 25 * 60))

    assert (before, kept()["organisation"]) == ((1, 0, 0), (1, 0, 1))
    assert kept() == recounted(now=at(60 + 25 * 60))


def test_counting_twice_says_the_same() -> None:
    a_busy_day()
    track_records.count(now=at(300))
    before = kept()

    track_records.count(now=at(301))

    assert kept() == before


def test_what_was_counted_long_ago_is_caught_up_with() -> None:
    track_records.count(now=at(-60 * 24 * 30))
    a_busy_day()

    track_records.count(now=at(60 * 24 * 20))

    assert kept() == recounted(now=at(60 * 24 * 20)) != {}


def test_a_year_later_nothing_of_it_is_left() -> None:
    a_busy_day()
    track_records.count(now=at(300))
    day = timedelta(days=1)

    track_records.count(now=at(300) + track_records.YEAR - day)
    assert kept()["organisation"][0] == 5
    track_records.count(now=at(300) + track_records.YEAR + day)

    assert (kept(), TrackRecordDay.objects.count()) == ({}, 0)


def test_rebuilding_mends_what_was_counted_wrong() -> None:
    a_busy_day()
    track_records.count(now=at(300))
    right = kept()
    TrackRecord.objects.update(closed=99)
    TrackRecordDay.objects.filter(subject="organisation").delete()

    assert track_records.rebuild(now=at(300)) == len(right)

    assert kept() == right


@pytest.mark.django_db(transaction=True)
def test_only_one_process_counts() -> None:
    a_busy_day()
    TrackRecordCount.objects.create(pk=1)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT 1 FROM changes_trackrecordcount FOR UPDATE")
            assert track_records.count(now=at(300)) is None
    finally:
        other.close()

    with transaction.atomic():
        assert track_records.count(now=at(300)) == 7


def test_the_command_counts_anew(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rebuild_track_records")

    assert capsys.readouterr().out == "counted for 0 services, templates and categories\n"

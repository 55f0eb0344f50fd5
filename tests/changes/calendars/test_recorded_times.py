"""Times that a calendar lists and that are changed in SQL are named by the ledger."""

from datetime import timedelta

import pytest

from changes import calendar, calendars
from changes.models import ListedTime, Window
from config import recorded_rows
from ledger import taking_up, verify
from tests.living import at, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def window(settled: None) -> Window:
    taking_up.take_up(rows=recorded_rows.KEPT, now=at(0))
    fields = {
        "name": "Holidays",
        "effect": "freeze",
        "holidays": "NL",
        "time_zone": "Europe/Amsterdam",
    }
    return calendar.create(fields=fields, actor=person("manager"), now=at(0))


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    found = verify.faults(rows=recorded_rows.ROWS, seen=seen, besides=recorded_rows.ANSWERS)
    return [fault.message for fault in found]


def test_times_that_are_read_and_left_are_whole(window: Window):
    assert faults() == []
    calendars.poll_due(now=at(0) + timedelta(days=100), limit=1)
    assert faults() == []
    calendar.edit(
        ref=window.ref,
        fields={
            "holidays": "",
            "recurrence": "FREQ=DAILY",
            "start_time": at(0).time(),
            "duration": timedelta(hours=1),
        },
        actor=person("manager"),
        now=at(0) + timedelta(days=101),
    )

    assert verbs_of(window.ref)[-1] == "calendar.left"
    assert ListedTime.objects.exists()  # those that are over
    assert faults() == []


def test_a_time_that_is_moved_put_in_or_taken_out_in_sql_is_named(window: Window):
    first = ListedTime.objects.order_by("starts_at")[0]
    told = f"{window.ref} times was changed in the database behind the ledger since event 2"

    ListedTime.objects.filter(pk=first.pk).update(ends_at=first.starts_at + timedelta(minutes=1))
    assert [one[: len(told)] for one in faults()] == [told]
    first.save()
    assert faults() == []
    ListedTime.objects.create(window=window, starts_at=at(0), ends_at=at(1))
    assert [one[: len(told)] for one in faults()] == [told]
    ListedTime.objects.filter(window=window).delete()
    assert faults() == [f"{window.ref} times is gone from the database."]

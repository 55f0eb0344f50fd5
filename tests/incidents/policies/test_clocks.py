"""When clocks run out."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.policies import clocks
from incidents.policies.clocks import Target

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TARGET = Target(15 * MINUTE, 5 * MINUTE, 60 * MINUTE, 10 * MINUTE)


def test_an_answer_is_due_within_its_time_and_nagged_for_before():
    times = clocks.response(TARGET, since=FRIDAY, zone="UTC")

    assert (times.remind_at, times.due_at) == (FRIDAY + 10 * MINUTE, FRIDAY + 15 * MINUTE)


@pytest.mark.parametrize(
    ("since", "zone", "due"),
    [
        (FRIDAY, "UTC", "2026-11-23T17:00:00+00:00"),
        (FRIDAY, "Europe/Amsterdam", "2026-11-23T16:00:00+00:00"),
        (
            datetime(2026, 11, 18, 23, 30, tzinfo=UTC),
            "Europe/Amsterdam",
            "2026-11-20T16:00:00+00:00",
        ),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "UTC", "2026-11-23T17:00:00+00:00"),
    ],
)
def test_the_next_working_day_is_that_of_the_team(since: datetime, zone: str, due: str):
    target = Target(None, 120 * MINUTE, 1440 * MINUTE, 120 * MINUTE)

    assert clocks.response(target, since=since, zone=zone).due_at.isoformat() == due


def test_an_update_is_due_as_often_as_asked_or_as_promised():
    often = clocks.update(TARGET, since=FRIDAY)
    soon = clocks.update(TARGET, since=FRIDAY, promised_at=FRIDAY + 5 * MINUTE)

    assert (often.remind_at, often.due_at) == (FRIDAY + 50 * MINUTE, FRIDAY + 60 * MINUTE)
    assert (soon.remind_at, soon.due_at) == (FRIDAY, FRIDAY + 5 * MINUTE)

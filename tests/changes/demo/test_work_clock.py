"""Working time around an instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.demo.work_clock import WorkClock

ZONE = ZoneInfo("Europe/Amsterdam")


def local(text: str) -> datetime:
    """Wall time in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "hours", "expected"),
    [
        ("2026-11-18 12:00", 1.0, "2026-11-18 11:00"),
        ("2026-11-18 10:00", 2.0, "2026-11-17 16:00"),
        ("2026-11-21 05:00", 1.0, "2026-11-20 14:30"),
        ("2026-11-23 08:00", 0.5, "2026-11-20 15:00"),
        ("2026-11-20 19:00", 6.5, "2026-11-19 17:00"),
    ],
)
def test_time_ago_counts_working_hours_only(now: str, hours: float, expected: str):
    assert WorkClock(local(now), ZONE).ago(hours=hours) == local(expected)


@pytest.mark.parametrize(
    ("now", "hours", "expected"),
    [
        ("2026-11-18 12:00", 1.0, "2026-11-18 13:00"),
        ("2026-11-18 16:00", 2.0, "2026-11-19 10:00"),
        ("2026-11-21 05:00", 1.0, "2026-11-23 10:00"),
        ("2026-11-20 15:00", 1.0, "2026-11-23 09:30"),
    ],
)
def test_time_ahead_counts_working_hours_only(now: str, hours: float, expected: str):
    assert WorkClock(local(now), ZONE).ahead(hours=hours) == local(expected)


def test_days_are_working_days_and_never_today():
    saturday = WorkClock(local("2026-11-21 05:00"), ZONE)

    assert saturday.day(-1, 10) == local("2026-11-20 10:00")
    assert saturday.day(-6, 9, 30) == local("2026-11-13 09:30")
    assert saturday.day(1, 14) == local("2026-11-23 14:00")


def test_the_last_friday_evening_is_always_over():
    friday_noon = WorkClock(local("2026-11-20 12:00"), ZONE)

    assert friday_noon.last(4, 17, 20) == local("2026-11-13 17:20")
    assert friday_noon.last(4, 11, 0) == local("2026-11-20 11:00")


def test_what_is_not_over_yet_was_last_week():
    friday_noon = WorkClock(local("2026-11-20 12:00"), ZONE)

    hour = timedelta(minutes=60)
    assert friday_noon.last(4, 11, 0, took=hour) == local("2026-11-13 11:00")
    assert friday_noon.last(4, 10, 59, took=hour) == local("2026-11-20 10:59")


@given(
    passed=st.timedeltas(timedelta(), timedelta(days=730)),
    minutes=st.integers(0, 3000),
)
def test_it_never_names_a_time_outside_working_hours(passed: timedelta, minutes: int):
    now = datetime(2026, 1, 1, tzinfo=UTC) + passed
    clock = WorkClock(now, ZONE)

    for instant in (clock.ago(minutes=minutes), clock.ahead(minutes=minutes)):
        wall = instant.astimezone(ZONE)
        assert wall.weekday() < 5
        assert timedelta(hours=9) <= timedelta(hours=wall.hour, minutes=wall.minute)
        assert wall.hour < 17 or (wall.hour, wall.minute, wall.second) == (17, 0, 0)
    assert clock.ago(minutes=minutes) <= now <= clock.ahead(minutes=minutes)

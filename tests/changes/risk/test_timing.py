"""When a change is made, by the clock of the team that owns it."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from changes.risk import assess
from changes.risk.timing import untimely
from tests.changes.risk.test_assessing import NONE

ZONE = ZoneInfo("Europe/Amsterdam")
DAYS = {"Wed": 18, "Fri": 20, "Sat": 21, "Sun": 22}


def planned(day: str, start: str, hours: float) -> tuple[datetime, datetime]:
    hour, minute = map(int, start.split(":"))
    starts = datetime(2026, 11, DAYS[day], hour, minute, tzinfo=ZONE)
    return starts, starts + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "start", "hours", "points", "why"),
    [
        ("Wed", "08:00", 8, 0, ""),
        ("Wed", "08:00", 24, 0, ""),
        ("Wed", "08:00", 23.9, 4, "overnight"),
        ("Wed", "07:59", 2, 4, "outside the team's hours (08–18)"),
        ("Wed", "17:00", 1.5, 4, "outside the team's hours (08–18)"),
        ("Wed", "23:00", 2, 4, "overnight, until Thu 01:00 CET"),
        ("Wed", "15:00", 1.5, 2, "late in the day"),
        ("Fri", "09:00", 3, 0, ""),
        ("Fri", "11:00", 2, 3, "on a Friday afternoon"),
        ("Fri", "23:00", 2, 4, "at the weekend"),
        ("Sat", "10:00", 1, 4, "at the weekend"),
        ("Sun", "23:30", 1, 4, "at the weekend"),
    ],
)
def test_each_hour_has_its_points(
    day: str, start: str, hours: float, points: int, why: str
) -> None:
    found, words = untimely(*planned(day, start, hours))

    assert found == points
    assert why in words


def test_an_emergency_cannot_choose_its_hour() -> None:
    starts, ends = planned("Sat", "10:00", 1)
    at_night = replace(NONE, kind="emergency", starts_at=starts, ends_at=ends, holiday="Christmas")

    assert [factor.name for factor in assess(at_night).factors] == ["emergency"]


def test_a_holiday_the_day_after_counts() -> None:
    starts, ends = planned("Wed", "10:00", 1)
    before = replace(NONE, starts_at=starts, ends_at=ends, holiday="Christmas Day")

    assert [(factor.points, factor.why) for factor in assess(before).factors] == [
        (4, "Christmas Day begins within a day of its end.")
    ]

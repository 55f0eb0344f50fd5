"""Weeks, months and agendas in local days."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from changes.web.spans import EARLIEST, LATEST, midnight, span

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("view", "on", "first", "end", "heading"),
    [
        (
            "week",
            date(2026, 11, 18),
            date(2026, 11, 16),
            date(2026, 11, 23),
            "16 – 22 November 2026",
        ),
        (
            "week",
            date(2026, 11, 16),
            date(2026, 11, 16),
            date(2026, 11, 23),
            "16 – 22 November 2026",
        ),
        (
            "week",
            date(2026, 12, 1),
            date(2026, 11, 30),
            date(2026, 12, 7),
            "30 November – 6 December 2026",
        ),
        (
            "week",
            date(2027, 1, 1),
            date(2026, 12, 28),
            date(2027, 1, 4),
            "28 December 2026 – 3 January 2027",
        ),
        ("month", date(2026, 2, 14), date(2026, 2, 1), date(2026, 3, 1), "February 2026"),
        (
            "agenda",
            date(2026, 2, 20),
            date(2026, 2, 20),
            date(2026, 3, 6),
            "20 February – 5 March 2026",
        ),
    ],
)
def test_a_span_shows_whole_days(view: str, on: date, first: date, end: date, heading: str):
    found = span(view=view, on=on, zone=UTC)

    assert (found.first, found.end, found.heading) == (first, end, heading)
    assert found.days == [first + timedelta(days=n) for n in range((end - first).days)]


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_earlier_and_later_lead_to_the_neighbours(view: str):
    found = span(view=view, on=date(2026, 3, 31), zone=UTC)

    assert span(view=view, on=found.later, zone=UTC).first == found.end
    assert span(view=view, on=found.earlier, zone=UTC).end == found.first


@pytest.mark.parametrize("on", [date.min, date.max])
@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_the_ends_of_time_are_moved_in(view: str, on: date):
    found = span(view=view, on=on, zone=UTC)

    assert EARLIEST - timedelta(days=31) < found.first <= LATEST
    assert span(view=view, on=found.earlier, zone=UTC).first <= found.first
    assert span(view=view, on=found.later, zone=UTC).first >= found.first


def test_days_begin_at_local_midnight_also_when_the_clock_changes():
    found = span(view="week", on=date(2026, 10, 25), zone=AMSTERDAM)

    within = found.within
    assert within.starts_at.astimezone(UTC).isoformat() == "2026-10-18T22:00:00+00:00"
    assert within.ends_at.astimezone(UTC).isoformat() == "2026-10-25T23:00:00+00:00"
    assert midnight(date(2026, 10, 26), AMSTERDAM) == within.ends_at

"""A timeline answers what its windows would, from what it remembers."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from changes.windows import (
    Effect,
    Interval,
    Level,
    Listed,
    Recurrence,
    Timeline,
    Window,
    frozen_until,
    in_force,
    next_freeze,
    next_maintenance,
    occurrences,
    open_until,
)

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(0, 24 * 120)
LENGTHS = st.integers(1, 24 * 70).map(lambda hours: timedelta(hours=hours))
INTERVALS = st.builds(
    lambda hours, length: Interval(
        YEAR + timedelta(hours=hours), YEAR + timedelta(hours=hours) + length
    ),
    HOURS,
    LENGTHS,
)
RECURRENCES = st.builds(
    Recurrence,
    st.sampled_from(
        ["FREQ=WEEKLY;BYDAY=FR", "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYMONTHDAY=31"]
    ),
    st.just(date(2026, 1, 2)),
    st.sampled_from([time(16), time(2, 30), time(0)]),
    LENGTHS,
)
WINDOWS = st.builds(
    lambda number, effect, level, zone, times, lifted: Window(
        f"Window {number}", effect, level, zone, lifted=lifted, **times
    ),
    st.integers(0, 9),
    st.sampled_from(Effect),
    st.sampled_from(Level),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.one_of(
        INTERVALS.map(lambda once: {"once": once}),
        RECURRENCES.map(lambda recurs: {"recurs": recurs}),
        st.lists(INTERVALS, max_size=3).map(
            lambda found: {"listed": tuple(Listed(one, "Holiday") for one in found)}
        ),
    ),
    st.lists(INTERVALS, max_size=1).map(tuple),
)


@given(windows=st.lists(WINDOWS, max_size=6), hours=st.lists(HOURS, min_size=1, max_size=5))
def test_every_question_is_answered_as_by_the_windows_themselves(
    windows: list[Window], hours: list[int]
) -> None:
    remembered = Timeline(windows)

    for instant in (YEAR + timedelta(hours=n) for n in hours):
        within = Interval(instant, instant + timedelta(days=50))
        for asked in (in_force, frozen_until, open_until, next_maintenance):
            assert asked(remembered, instant) == asked(windows, instant)
        for asked_of in (occurrences, next_freeze):
            assert asked_of(remembered, within) == asked_of(windows, within)


def test_what_was_found_once_is_not_looked_for_again() -> None:
    windows = [Window("Sale", Effect.FREEZE, Level.BLOCK, "UTC", once=Interval(YEAR, YEAR + DAY))]
    remembered = Timeline(windows)

    assert in_force(remembered, YEAR) is in_force(remembered, YEAR + DAY / 2)
    assert remembered.part(Effect.FREEZE) is remembered.part(Effect.FREEZE)
    assert remembered.part(Effect.MAINTENANCE) == ()


def test_only_a_few_months_are_remembered() -> None:
    windows = [Window("Sale", Effect.FREEZE, Level.BLOCK, "UTC", once=Interval(YEAR, YEAR + DAY))]
    remembered = Timeline(windows)

    held = [bool(in_force(remembered, YEAR + n * 31 * DAY)) for n in range(10)]

    assert held == [True] + [False] * 9
    assert len(remembered._months) == 3


DAY = timedelta(days=1)

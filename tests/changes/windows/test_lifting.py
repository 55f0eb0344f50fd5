"""What an override leaves of a freeze, and when nothing is frozen, against a walk by the minute."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from changes.windows import (
    Effect,
    Interval,
    Level,
    Lift,
    Recurrence,
    Window,
    frozen_until,
    in_force,
    lift,
    next_freeze,
    occurrences,
)
from changes.windows.lifting import left_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WALKED = 3 * DAY


def freeze(ref: str, starts: float, hours: float) -> Window:
    """A freeze from so many hours after noon."""
    begin = NOON + starts * HOUR
    once = Interval(begin, begin + hours * HOUR)
    return Window(ref, Effect.FREEZE, Level.BLOCK, "UTC", once=once, ref=ref)


def opened(starts: float, hours: float, *refs: str) -> Lift:
    begin = NOON + starts * HOUR
    return Lift(frozenset(refs), Interval(begin, begin + hours * HOUR))


def test_an_override_cuts_a_freeze_in_two() -> None:
    windows = lift([freeze("WIN-1", 0, 10)], [opened(3, 2, "WIN-1")])

    spans = [one.interval for one in occurrences(windows, Interval(NOON, NOON + DAY))]

    assert spans == [
        Interval(NOON, NOON + 3 * HOUR),
        Interval(NOON + 5 * HOUR, NOON + 10 * HOUR),
    ]


def test_an_override_opens_only_the_windows_it_names() -> None:
    both = [freeze("WIN-1", 0, 10), freeze("WIN-2", 0, 8)]

    windows = lift(both, [opened(0, 4, "WIN-1")])

    assert [one.name for one in in_force(windows, NOON)] == ["WIN-2"]
    assert frozen_until(windows, NOON) == NOON + 10 * HOUR


def test_a_maintenance_window_is_never_overridden() -> None:
    once = Interval(NOON, NOON + HOUR)
    opening = Window("WIN-3", Effect.MAINTENANCE, Level.BLOCK, "UTC", once=once, ref="WIN-3")

    assert lift([opening], [opened(0, 1, "WIN-3")]) == (opening,)


def test_the_freeze_comes_back_to_the_microsecond_when_the_override_ends() -> None:
    windows = lift([freeze("WIN-1", -1, 10)], [opened(0, 2, "WIN-1")])
    ends = NOON + 2 * HOUR

    held = [bool(in_force(windows, at)) for at in (ends - timedelta(microseconds=1), ends)]

    assert held == [False, True]
    assert frozen_until(windows, NOON) is None
    following = next_freeze(windows, Interval(NOON, NOON + DAY))
    assert following is not None
    assert following.interval == Interval(ends, NOON + 9 * HOUR)


def test_what_is_left_has_no_empty_part() -> None:
    whole = Interval(NOON, NOON + DAY)

    assert list(left_of(whole, [whole])) == []
    assert list(left_of(whole, [Interval(NOON - DAY, NOON)])) == [whole]
    assert list(left_of(whole, [Interval(NOON, NOON + HOUR), Interval(NOON, NOON + DAY)])) == []


minutes = st.integers(-600, 3000)
lengths = st.integers(1, 1500)
REFS = ("WIN-1", "WIN-2", "WIN-3", "WIN-4")


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Window, ...]:
    """Up to four freezes that overlap, touch and recur, and up to three overrides of them."""
    found = []
    for ref in REFS[: draw(st.integers(1, 4))]:
        if draw(st.booleans()):
            begin = NOON + draw(minutes) * MINUTE
            once = Interval(begin, begin + draw(lengths) * MINUTE)
            found.append(Window(ref, Effect.FREEZE, Level.BLOCK, "UTC", once=once, ref=ref))
        else:
            start = time(draw(st.integers(0, 23)), draw(st.integers(0, 59)))
            lasts = draw(lengths) * MINUTE
            recurs = Recurrence("FREQ=DAILY", date(2026, 11, 1), start, lasts)
            found.append(Window(ref, Effect.FREEZE, Level.BLOCK, "UTC", recurs=recurs, ref=ref))
    lifts = [
        Lift(
            frozenset(draw(st.sets(st.sampled_from(REFS), min_size=1))),
            Interval(begin := NOON + draw(minutes) * MINUTE, begin + draw(lengths) * MINUTE),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return lift(found, lifts)


def walked(windows: tuple[Window, ...]) -> datetime | None:
    """The first free minute from noon on, found by asking of each; None within three days."""
    spans = [(one, _spans(one)) for one in windows]
    for step in range(int(WALKED / MINUTE)):
        at = NOON + step * MINUTE
        if not any(
            at in span and not any(at in hole for hole in window.lifted)
            for window, all_of in spans
            for span in all_of
        ):
            return at
    return None


def _spans(window: Window) -> list[Interval]:
    """Its times as written, by hand: every day at one hour, or once."""
    if window.once is not None:
        return [window.once]
    assert window.recurs is not None
    days = [NOON.date() + timedelta(days=n) for n in range(-2, 4)]
    starts = [datetime.combine(day, window.recurs.start_time, tzinfo=UTC) for day in days]
    return [Interval(start, start + window.recurs.duration) for start in starts]


@settings(max_examples=300, deadline=None)
@given(calendars())
def test_the_end_of_all_freezes_is_the_first_free_minute(windows: tuple[Window, ...]) -> None:
    found, expected = frozen_until(windows, NOON), walked(windows)

    if expected == NOON:
        assert found is None
    elif expected is None:
        assert found is None or found >= NOON + WALKED
    else:
        assert found == expected

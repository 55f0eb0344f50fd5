"""When windows hold: in force at an instant, frozen until, next opening."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from changes.windows.interval import HORIZON, Interval
from changes.windows.recurrence import intervals
from changes.windows.window import Effect, Level, Listed, Occurrence, Window


def occurrences(windows: Iterable[Window], within: Interval) -> list[Occurrence]:
    """Every time one of `windows` touches `within`, earliest first."""
    return sorted(
        Occurrence(
            one.interval,
            window.name,
            window.effect,
            window.level,
            window.zone,
            one.summary,
            window.in_flight,
        )
        for window in windows
        for one in _times(window, within)
    )


def in_force(windows: Iterable[Window], at: datetime) -> list[Occurrence]:
    """The occurrences that contain the instant `at`, those that end last first."""
    instant = Interval(at, at + timedelta(microseconds=1))
    return sorted(occurrences(windows, instant), key=lambda one: one.interval.ends_at, reverse=True)


def frozen_until(windows: Sequence[Window], at: datetime) -> datetime | None:
    """When the blocking freezes that hold at `at` have all ended, chained ones too.

    None when no freeze holds at `at`, and when they hold past `HORIZON`.
    """
    freezes = [w for w in windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    end: datetime | None = None
    instant = at
    while instant < at + HORIZON and (holding := in_force(freezes, instant)):
        end = instant = holding[0].interval.ends_at
    return end if instant < at + HORIZON else None


def next_freeze(windows: Iterable[Window], within: Interval) -> Occurrence | None:
    """The first blocking freeze that starts inside `within`."""
    freezes = [w for w in windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    return next(
        (one for one in occurrences(freezes, within) if one.interval.starts_at >= within.starts_at),
        None,
    )


def open_until(windows: Iterable[Window], at: datetime) -> datetime | None:
    """When the maintenance windows that hold at `at` have ended; None when none holds."""
    openings = [w for w in windows if w.effect is Effect.MAINTENANCE]
    holding = in_force(openings, at)
    return holding[0].interval.ends_at if holding else None


def next_maintenance(windows: Iterable[Window], at: datetime) -> Occurrence | None:
    """The first maintenance window that ends after `at`, within `HORIZON`."""
    openings = [w for w in windows if w.effect is Effect.MAINTENANCE]
    return next(iter(occurrences(openings, Interval(at, at + HORIZON))), None)


def _times(window: Window, within: Interval) -> Iterator[Listed]:
    """Each time with what is said of it."""
    if window.recurs is not None:
        found = intervals(window.recurs, within, zone=window.zone, effect=window.effect)
        yield from (Listed(interval, window.reason) for interval in found)
    elif window.once is not None and window.once.overlaps(within):
        yield Listed(window.once, window.reason)
    for one in window.listed:
        if one.interval.overlaps(within):
            said = ": ".join(word for word in (window.reason, one.summary) if word)
            yield Listed(one.interval, said)

"""When windows hold: in force at an instant, frozen until, next opening.

A `Timeline` answers from what it remembers; any other windows are gone through.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from changes.windows.interval import HORIZON, Interval
from changes.windows.timeline import Timeline, last_first, times
from changes.windows.window import Effect, Level, Occurrence, Window


def occurrences(windows: Iterable[Window], within: Interval) -> list[Occurrence]:
    """Every time one of `windows` touches `within`, earliest first."""
    return list(_in_order(windows, within))


def in_force(windows: Iterable[Window], at: datetime) -> list[Occurrence]:
    """The occurrences that contain the instant `at`, those that end last first."""
    if isinstance(windows, Timeline):
        return windows.holding(at)
    return last_first(times(windows, Interval(at, at + timedelta(microseconds=1))))


def blocking_freezes(windows: Iterable[Window]) -> Sequence[Window]:
    """The freezes that do not only warn."""
    if isinstance(windows, Timeline):
        return windows.part(Effect.FREEZE, Level.BLOCK)
    return [one for one in windows if one.effect is Effect.FREEZE and one.level is Level.BLOCK]


def openings(windows: Iterable[Window]) -> Sequence[Window]:
    """The maintenance windows."""
    if isinstance(windows, Timeline):
        return windows.part(Effect.MAINTENANCE)
    return [one for one in windows if one.effect is Effect.MAINTENANCE]


def frozen_until(windows: Iterable[Window], at: datetime) -> datetime | None:
    """When the blocking freezes that hold at `at` have all ended, chained ones too.

    None when no freeze holds at `at`, and when they hold past `HORIZON`.
    """
    freezes = blocking_freezes(windows)
    end: datetime | None = None
    instant = at
    while instant < at + HORIZON and (holding := in_force(freezes, instant)):
        end = instant = holding[0].interval.ends_at
    return end if instant < at + HORIZON else None


def next_freeze(windows: Iterable[Window], within: Interval) -> Occurrence | None:
    """The first blocking freeze that starts inside `within`."""
    found = _in_order(blocking_freezes(windows), within)
    return next((one for one in found if one.interval.starts_at >= within.starts_at), None)


def open_until(windows: Iterable[Window], at: datetime) -> datetime | None:
    """When the maintenance windows that hold at `at` have ended; None when none holds."""
    holding = in_force(openings(windows), at)
    return holding[0].interval.ends_at if holding else None


def next_maintenance(windows: Iterable[Window], at: datetime) -> Occurrence | None:
    """The first maintenance window that ends after `at`, within `HORIZON`."""
    return next(iter(_in_order(openings(windows), Interval(at, at + HORIZON))), None)


def _in_order(windows: Iterable[Window], within: Interval) -> Iterator[Occurrence]:
    """Every time that touches `within`, earliest first; a timeline finds them one by one."""
    if isinstance(windows, Timeline):
        return windows.during(within)
    return iter(sorted(times(windows, within)))

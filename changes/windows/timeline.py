"""Windows with their times, found once a month and remembered.

# Note [Times of a thousand windows]
The rules ask several times, at the same instant, which of the windows over a place hold; going
through them all each time makes a decision slower with every window. A timeline lists the times of
one UTC month once, with the edges between which nothing changes, and what holds between two edges
once somebody asks. The gate keeps a place's timeline for as long as its windows stay as they are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from changes.windows.interval import Interval
from changes.windows.lifting import left_of
from changes.windows.months import first_of_month, following, midnight
from changes.windows.recurrence import intervals
from changes.windows.window import Effect, Level, Listed, Occurrence, Window

_MONTHS_KEPT = 3


class Timeline(tuple[Window, ...]):
    """Some windows, whose times are remembered by month."""

    _months: dict[date, "_Month"]
    _parts: dict[Any, "Timeline"]

    def __new__(cls, windows: Iterable[Window] = ()) -> "Timeline":
        made = super().__new__(cls, windows)
        made._months, made._parts = {}, {}
        return made

    def part(self, effect: Effect, level: Level | None = None) -> "Timeline":
        """Those of an effect, and of a level if one is given."""
        key = (effect, level)
        if (found := self._parts.get(key)) is None:
            found = self._parts[key] = Timeline(
                one for one in self if one.effect is effect and level in (None, one.level)
            )
        return found

    def holding(self, at: datetime) -> list[Occurrence]:
        """The times that contain an instant, those that end last first."""
        return self._month(first_of_month(at)).holding(at) if self else []

    def during(self, within: Interval) -> Iterator[Occurrence]:
        """The times that touch a period, earliest first, found as they are asked for."""
        if not self or within.starts_at >= within.ends_at:
            return
        yield from sorted(self.holding(within.starts_at))
        month = first_of_month(within.starts_at)
        while (begins := midnight(month)) < within.ends_at:
            times = self._month(month).times
            if begins <= within.starts_at:
                come = bisect_right(times, within.starts_at, key=_start)
            else:
                come = bisect_left(times, begins, key=_start)
            for one in islice(times, come, None):
                if one.interval.starts_at >= within.ends_at:
                    return
                yield one
            month = following(month)

    def _month(self, month: date) -> "_Month":
        if (found := self._months.get(month)) is None:
            while len(self._months) >= _MONTHS_KEPT:
                del self._months[next(iter(self._months))]
            whole = Interval(midnight(month), midnight(following(month)))
            found = self._months[month] = _Month(times(self, whole))
        return found


class _Month:
    """What the windows come to in one month."""

    def __init__(self, found: Iterable[Occurrence]) -> None:
        self.times = sorted(found)
        self.edges = sorted(
            {edge for one in self.times for edge in (one.interval.starts_at, one.interval.ends_at)}
        )
        self.between: dict[int, list[Occurrence]] = {}

    def holding(self, at: datetime) -> list[Occurrence]:
        stretch = bisect_right(self.edges, at)
        if (found := self.between.get(stretch)) is None:
            found = self.between[stretch] = last_first(
                one
                for one in islice(self.times, bisect_right(self.times, at, key=_start))
                if at < one.interval.ends_at
            )
        return found


def timeline(windows: Iterable[Window]) -> Timeline:
    """The windows as a timeline; one is answered as it is."""
    return windows if isinstance(windows, Timeline) else Timeline(windows)


def times(windows: Iterable[Window], within: Interval) -> Iterator[Occurrence]:
    """Every time one of the windows touches a period, in no order."""
    for window in windows:
        for one in _times(window, within):
            yield Occurrence(
                one.interval,
                window.name,
                window.effect,
                window.level,
                window.zone,
                one.summary,
                window.in_flight,
            )


def last_first(found: Iterable[Occurrence]) -> list[Occurrence]:
    """Those that end last first."""
    return sorted(sorted(found), key=lambda one: one.interval.ends_at, reverse=True)


def _times(window: Window, within: Interval) -> Iterator[Listed]:
    """Each time with what is said of it, less the periods in which it was overridden."""
    if not window.lifted:
        yield from _written(window, within)
        return
    for one in _written(window, within):
        for part in left_of(one.interval, window.lifted):
            if part.overlaps(within):
                yield Listed(part, one.summary)


def _written(window: Window, within: Interval) -> Iterator[Listed]:
    """Each time as the window says it."""
    if window.recurs is not None:
        found = intervals(window.recurs, within, zone=window.zone, effect=window.effect)
        yield from (Listed(interval, window.reason) for interval in found)
    elif window.once is not None and window.once.overlaps(within):
        yield Listed(window.once, window.reason)
    for one in window.listed:
        if one.interval.overlaps(within):
            said = ": ".join(word for word in (window.reason, one.summary) if word)
            yield Listed(one.interval, said)


def _start(one: Occurrence) -> datetime:
    return one.interval.starts_at

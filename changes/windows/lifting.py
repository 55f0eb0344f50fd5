"""What an override leaves of a freeze: the parts of its times that it does not open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from changes.windows.interval import Interval
from changes.windows.window import Effect, Window


@dataclass(frozen=True, slots=True)
class Lift:
    """A period in which freezes do not hold; `windows` are the refs of those it opens."""

    windows: frozenset[str]
    period: Interval


def lift(windows: Iterable[Window], lifts: Iterable[Lift]) -> tuple[Window, ...]:
    """The windows, each freeze with the periods in which it was overridden.

    Maintenance windows are not touched: an override opens freezes and nothing else.
    """
    given = tuple(lifts)
    return tuple(replace(one, lifted=_of(one, given)) for one in windows)


def left_of(interval: Interval, lifted: Iterable[Interval]) -> Iterator[Interval]:
    """The parts of `interval` that lie in none of `lifted`, earliest first."""
    begin: datetime = interval.starts_at
    for hole in sorted(lifted):
        if hole.ends_at <= begin or hole.starts_at >= interval.ends_at:
            continue
        if begin < hole.starts_at:
            yield Interval(begin, hole.starts_at)
        begin = hole.ends_at
    if begin < interval.ends_at:
        yield Interval(begin, interval.ends_at)


def _of(window: Window, lifts: tuple[Lift, ...]) -> tuple[Interval, ...]:
    if window.effect is not Effect.FREEZE:
        return ()
    return tuple(one.period for one in lifts if window.ref in one.windows)

"""A window as the rules take it, and one time it holds."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from changes.windows.interval import Interval


class Effect(StrEnum):
    FREEZE = "freeze"
    MAINTENANCE = "maintenance"


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class InFlight(StrEnum):
    """What becomes of a change that is being implemented already."""

    FINISH = "finish"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """An RFC 5545 RRULE over local dates from `first_date`.

    Each lasts from `start_time` for `duration` of wall time.
    """

    rule: str
    first_date: date
    start_time: time
    duration: timedelta


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """One time that a calendar of somebody else's names, such as a public holiday."""

    interval: Interval
    summary: str


@dataclass(frozen=True, slots=True)
class Window:
    """A named freeze or maintenance window that applies to the subject: its scope was matched.

    Its times are `once`, or those of `recurs`, or the `listed` of a calendar; `zone` is IANA. In
    the periods of `lifted` it does not hold; `ref` names its row.
    """

    name: str
    effect: Effect
    level: Level
    zone: str
    reason: str = ""
    once: Interval | None = None
    recurs: Recurrence | None = None
    listed: tuple[Listed, ...] = ()
    in_flight: InFlight = InFlight.FINISH
    ref: str = ""
    lifted: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time a window holds; a calendar's own word for it stands in `reason`."""

    interval: Interval
    name: str
    effect: Effect
    level: Level
    zone: str
    reason: str
    in_flight: InFlight = InFlight.FINISH

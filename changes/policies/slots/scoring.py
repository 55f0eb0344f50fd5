"""The arithmetic of a slot: each addend with its points and why.

# Note [Points of a slot]
A slot begins with 50. People of the owner team at hand are worth most, 30 when the whole of it lies
in their working hours; quiet hours, at night and at the weekend, up to 15. It loses 2 a day it is
away, 20 at most; 10 for each change within an hour of it that somebody could confuse it with, 30 at
most; 15 on a Friday afternoon or before a freeze that leaves no time to mend it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from changes.policies.reasons import listed, moment, spell
from changes.windows import Interval

BASE = 50
STAFFED, QUIET = 30, 15
A_DAY, FARTHEST = 2, 20
A_NEIGHBOUR, NEIGHBOURS = 10, 30
HURRIED = 15
FROM_HOUR, TO_HOUR, NOON = 9, 17, 12
QUIET_FROM, QUIET_TO = 20, 7
FRIDAY, SATURDAY = 4, 5
NEAR = timedelta(hours=1)
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Factor:
    """One addend of a slot's score."""

    name: str
    points: int
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Neighbour:
    """Another planned change; `blocks` when a slot must not overlap it.

    What only takes time, such as a lock, has no `service`.
    """

    period: Interval
    ref: str
    service: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds one slot: when the search began, what shuts after it, who is near."""

    searched_from: datetime
    shuts_at: datetime | None
    shuts_by: str
    near: Sequence[Neighbour]
    zone: str


def factors(slot: Interval, around: Around) -> list[Factor]:
    """Every addend that is not zero, in the order of Note [Points of a slot]."""
    return [one for one in _all(slot, around) if one.points]


def score(found: Sequence[Factor]) -> int:
    """What the factors add up to, from 0 to 100."""
    return max(0, min(100, BASE + sum(one.points for one in found)))


def _all(slot: Interval, around: Around) -> Iterator[Factor]:
    length = slot.ends_at - slot.starts_at
    staffed, quiet = _shares(slot, zone=around.zone)
    hours = f"{FROM_HOUR:02}:00 and {TO_HOUR}:00, Monday to Friday"
    yield Factor(
        "staff hours",
        round(STAFFED * staffed),
        f"{spell(length * staffed)} of {spell(length)} between {hours} ({around.zone}).",
    )
    yield Factor(
        "quiet hours",
        round(QUIET * quiet),
        f"{spell(length * quiet)} of {spell(length)} at night or at the weekend.",
    )
    days = (slot.starts_at - around.searched_from) // timedelta(days=1)
    yield Factor(
        "distance", -min(FARTHEST, A_DAY * days), f"{days} day{'s' if days > 1 else ''} away."
    )
    near = [one for one in around.near if one.service and _near(slot, one.period)]
    yield Factor(
        "neighbours",
        -min(NEIGHBOURS, A_NEIGHBOUR * len(near)),
        f"Within an hour of {listed(_told(near))}.",
    )
    yield _friday(slot, zone=around.zone)
    yield _before_shutting(slot, around, length=length)


def _friday(slot: Interval, *, zone: str) -> Factor:
    ends = slot.ends_at.astimezone(ZoneInfo(zone))
    late = ends.weekday() == FRIDAY and ends.hour >= NOON
    return Factor("Friday", -HURRIED if late else 0, "It ends on a Friday afternoon.")


def _before_shutting(slot: Interval, around: Around, *, length: timedelta) -> Factor:
    """The time after a slot in which it could still be mended, as long as itself."""
    left = around.shuts_at - slot.ends_at if around.shuts_at else length
    return Factor(
        "no time to mend",
        -HURRIED if left < length else 0,
        f"{around.shuts_by} begins {moment(around.shuts_at, around.zone)}, "
        f"{spell(left) if left else 'right'} after it."
        if around.shuts_at
        else "",
    )


def _near(slot: Interval, other: Interval) -> bool:
    return other.starts_at < slot.ends_at + NEAR and slot.starts_at - NEAR < other.ends_at


def _told(near: Sequence[Neighbour]) -> list[str]:
    refs = [one.ref for one in near[:3]]
    return refs if len(near) <= len(refs) else [*refs, f"{len(near) - len(refs)} more"]


def _shares(slot: Interval, *, zone: str) -> tuple[float, float]:
    """How much of a slot is staffed, and how much is quiet: looked at every quarter of an hour."""
    tz = ZoneInfo(zone)
    steps = max(1, round((slot.ends_at - slot.starts_at) / STEP))
    staffed = quiet = 0
    for step in range(steps):
        local = (slot.starts_at + step * STEP).astimezone(tz)
        weekend = local.weekday() >= SATURDAY
        staffed += not weekend and FROM_HOUR <= local.hour < TO_HOUR
        quiet += weekend or local.hour >= QUIET_FROM or local.hour < QUIET_TO
    return staffed / steps, quiet / steps

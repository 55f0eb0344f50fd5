"""Whether service is known to be restored. Pure.

# Note [Verified before it is resolved]
Whoever is tired calls an incident resolved when the graph looks better. So every check that covers
its service must have been green twice, so long apart as its row says, with no look between that
was not; a look that brought no figure is not green, and neither is one that is old. A person who
knows better says why, and that stands with the resolution; a robot, and a route that resolves by
itself, cannot. Where no check covers the service there is nothing to wait for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import ge, gt, le, lt
from typing import Final

from ledger.decision import Reason

EVERY: Final = timedelta(minutes=1)
FRESH: Final = timedelta(minutes=5)
WITHIN_WORKING_DAYS: Final = 5
_HOLDS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Light(StrEnum):
    """How a check stands by its looks."""

    UNSEEN = "unseen"
    STALE = "stale"
    RED = "red"
    GREEN_ONCE = "green_once"
    GREEN_TWICE = "green_twice"


@dataclass(frozen=True, slots=True)
class Watched:
    """A check that covers an incident: green since the first of the looks in a row that were.

    `asks` is its question and what the answer must be.
    """

    name: str
    apart: timedelta
    green_since: datetime | None = None
    last_at: datetime | None = None
    said: str = ""
    asks: str = ""

    @property
    def green_twice_at(self) -> datetime | None:
        """When the second reading is due; None while it is not green."""
        return self.green_since + self.apart if self.green_since else None

    def light(self, *, now: datetime) -> Light:
        """How it stands; what nobody looked at lately is not known, whatever it was."""
        if self.last_at is None:
            return Light.UNSEEN
        if now - self.last_at > FRESH:
            return Light.STALE
        if self.green_since is None:
            return Light.RED
        soaked = self.last_at - self.green_since >= self.apart
        return Light.GREEN_TWICE if soaked else Light.GREEN_ONCE


def is_green(value: float, *, comparison: str, threshold: float) -> bool:
    """Whether a figure is as it should be."""
    return bool(_HOLDS[comparison](value, threshold))


def green_since(watched: Watched, *, green: bool, at: datetime) -> datetime | None:
    """The first of the green looks in a row after one more; a long gap begins anew."""
    if not green:
        return None
    gap = watched.last_at is None or at - watched.last_at > FRESH
    return at if gap or watched.green_since is None else watched.green_since


def missing(checks: Iterable[Watched], *, ref: str, now: datetime) -> tuple[Reason, ...]:
    """What is not verified yet, a reason for each check."""
    return tuple(reason for one in checks for reason in _of_one(one, ref=ref, now=now))


def _of_one(one: Watched, *, ref: str, now: datetime) -> Iterator[Reason]:
    minutes = round(one.apart.total_seconds() / 60)
    remedy = "Wait for it, or say why you call it resolved."
    match one.light(now=now):
        case Light.UNSEEN | Light.STALE:
            since = f" since {one.last_at:%H:%M} UTC" if one.last_at else ""
            message = f"Nobody has looked at {one.name}{since}: it must be green for {minutes} min."
            yield Reason("not_verified", message, remedy, source=ref)
        case Light.RED:
            yield Reason("not_verified", f"{one.name} is not green. {one.said}", remedy, source=ref)
        case Light.GREEN_ONCE:
            since = f"{one.green_since:%H:%M} UTC"
            message = f"{one.name} is green since {since}, and must be for {minutes} min."
            until = one.green_twice_at
            yield Reason("not_verified", message, remedy, until=until, source=ref)


def postmortem_due(resolved_at: datetime) -> datetime:
    """Five working days later, at the same time of day."""
    due, left = resolved_at, WITHIN_WORKING_DAYS
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due

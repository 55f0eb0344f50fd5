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
from operator import ge, gt, le, lt
from typing import Final

from ledger.decision import Reason

EVERY: Final = timedelta(minutes=1)
FRESH: Final = timedelta(minutes=5)
WITHIN_WORKING_DAYS: Final = 5
_HOLDS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Watched:
    """A check that covers an incident: green since the first of the looks in a row that were."""

    name: str
    apart: timedelta
    green_since: datetime | None = None
    last_at: datetime | None = None
    said: str = ""


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
    if one.last_at is None or now - one.last_at > FRESH:
        since = f" since {one.last_at:%H:%M} UTC" if one.last_at else ""
        message = f"Nobody has looked at {one.name}{since}: it must be green for {minutes} min."
        yield Reason("not_verified", message, remedy, source=ref)
    elif one.green_since is None:
        yield Reason("not_verified", f"{one.name} is not green. {one.said}", remedy, source=ref)
    elif one.last_at - one.green_since < one.apart:
        until = one.green_since + one.apart
        message = (
            f"{one.name} is green since {one.green_since:%H:%M} UTC, and must be for {minutes} min."
        )
        yield Reason("not_verified", message, remedy, until=until, source=ref)


def postmortem_due(resolved_at: datetime) -> datetime:
    """Five working days later, at the same time of day."""
    due, left = resolved_at, WITHIN_WORKING_DAYS
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due

"""What is owed after an emergency, and by when: votes since the glass was broken, and its review.
So is the review of what was deployed without leave.

# Note [Clocks that bite]
Breaking glass buys time, not a way round approval: the votes are due within 24 hours. An emergency
is reviewed within three days of its end, while people remember. Both clocks count hours, over
nights and weekends, for so do incidents. While one has run out, the gate denies the service's other
changes, so that there is somebody who wants it settled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from changes.policies.approvals import RETROACTIVE_WITHIN
from changes.states import Kind


class Owes(StrEnum):
    """What somebody still has to give."""

    VOTES = "votes"
    REVIEW = "review"


WITHIN: Final = {Owes.VOTES: RETROACTIVE_WITHIN, Owes.REVIEW: timedelta(hours=72)}
REMINDED: Final = {Owes.VOTES: timedelta(hours=4), Owes.REVIEW: timedelta(hours=24)}
"""How long before it is due somebody is reminded."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed on a change of this ref, due at an aware instant."""

    ref: str
    owes: Owes
    due_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Whether the clock has run out; at the very instant it has not."""
        return self.due_at < now


def duties(
    *,
    ref: str,
    kind: str,
    broke_glass_at: datetime | None,
    retroactively_approved_at: datetime | None,
    finished_at: datetime | None,
    reviewed_at: datetime | None,
    unauthorised: bool = False,
) -> Iterator[Duty]:
    """What a change still owes, the votes first."""
    if broke_glass_at is not None and retroactively_approved_at is None:
        yield due(ref, Owes.VOTES, since=broke_glass_at)
    happened = kind == Kind.EMERGENCY or unauthorised
    if happened and finished_at is not None and reviewed_at is None:
        yield due(ref, Owes.REVIEW, since=finished_at)


def due(ref: str, owes: Owes, *, since: datetime) -> Duty:
    """A duty whose clock began at `since`."""
    return Duty(ref, owes, since + WITHIN[owes])

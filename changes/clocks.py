"""Telling of the clocks that run after an emergency: a reminder before, and the breach, each once.

When a clock runs out is computed from the change, so nothing has to be set or stopped: a tick finds
what is due and was not told, however long no worker ran. A reminder that was missed until the
breach is left out. See Note [Clocks that bite] in `changes.policies.owed`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from changes.lifecycle import reminding
from changes.lifecycle.moving import record
from changes.models import Change, ClockNotice
from changes.policies.owed import REMINDED, WITHIN, Duty, Owes
from changes.policies.reasons import moment
from changes.queries import owed
from ledger.decision import rfc3339

Stage = ClockNotice.Stage
VERBS: Final = {
    (Owes.VOTES, Stage.REMINDER): "change.votes_due_soon",
    (Owes.VOTES, Stage.BREACH): "change.votes_overdue",
    (Owes.REVIEW, Stage.REMINDER): "change.review_due_soon",
    (Owes.REVIEW, Stage.BREACH): "change.review_overdue",
}


def tick(*, now: datetime, limit: int) -> int:
    """Tell of at most `limit` clocks; answers how many were told. Any number of workers may."""
    for count in range(limit):
        if not any(_tell_one(owes, stage, now=now) for owes, stage in VERBS):
            return count
    return limit


@transaction.atomic
def _tell_one(owes: Owes, stage: Stage, *, now: datetime) -> bool:
    """Tell of one clock at a stage; False where none is left that no other worker tells of."""
    change = (
        _due(owes, stage, now=now)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("service__owner_team", "team", "incident__commander", "author")
        .order_by("id")
        .first()
    )
    if change is None:
        return False
    for duty in _owed(change, owes):
        ClockNotice.objects.create(change=change, owes=str(owes), stage=stage, told_at=now)
        _tell(change, duty, stage, now=now)
    return True


def _owed(change: Change, owes: Owes) -> Iterator[Duty]:
    return (duty for duty in owed.of_change(change) if duty.owes is owes)


def _due(owes: Owes, stage: Stage, *, now: datetime) -> QuerySet[Change]:
    """The changes whose clock is to be told of: overdue ones, or those that soon are."""
    since, over = owed.SINCE[owes], now - WITHIN[owes]
    told = ClockNotice.objects.filter(change=OuterRef("pk"), owes=str(owes))
    if stage is Stage.BREACH:
        late = owed.owing(owes).filter(**{f"{since}__lt": over})
        return late.filter(~Exists(told.filter(stage=Stage.BREACH)))
    soon = {f"{since}__gte": over, f"{since}__lte": over + REMINDED[owes]}
    return owed.owing(owes).filter(~Exists(told), **soon)


def _tell(change: Change, duty: Duty, stage: Stage, *, now: datetime) -> None:
    late = stage is Stage.BREACH
    voters = sorted(owed.could_vote(change, now=now)) if duty.owes is Owes.VOTES else []
    record(
        change,
        VERBS[duty.owes, stage],
        actor=None,
        now=now,
        says={
            "due_at": rfc3339(duty.due_at),
            "note": _words(change, duty, late=late, now=now),
            **({"could_vote": voters} if voters else {}),
        },
    )
    reminding.remind(change, duty, voters=voters, late=late, now=now)


def _words(change: Change, duty: Duty, *, late: bool, now: datetime) -> str:
    what = "Retroactive votes" if duty.owes is Owes.VOTES else "The review"
    verb = "was" if duty.owes is Owes.REVIEW else "were"
    at = moment(duty.due_at, change.team.time_zone, now=now)
    held = f"the gate {{}} the other changes of {change.service.slug}"
    if late:
        return f"{what} {verb} due {at}: {held.format('holds')}."
    verb = "is" if duty.owes is Owes.REVIEW else "are"
    return f"{what} {verb} due {at}; from then on {held.format('will hold')}."

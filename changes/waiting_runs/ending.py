"""How a run ends without an answer: its tool no longer waits, or nothing was decided in time."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from catalog.models import User
from changes import gate
from changes.models import WaitingRun
from changes.waiting_runs.arriving import record
from ledger import timeline
from ledger.decision import Reason, refuse

State = WaitingRun.State
JOINED = ("service__owner_team", "environment", "asked_by", "token", "reply")


@transaction.atomic
def give_up(*, run: int, why: str, now: datetime, actor: User | None = None) -> bool:
    """End a run that nobody can answer any more; False where it was decided or ended before."""
    row = waiting(run).first()
    if row is None:
        return False
    end(row, State.GIVEN_UP, now=now, why=why)
    leave_queue(row, now=now)
    who = actor.username if actor else timeline.SYSTEM
    record(row, "run.given_up", actor=who, now=now, why=why)
    return True


def give_up_by_hand(*, run: int, actor: User, now: datetime) -> None:
    """Stop looking after a run, on somebody's word; raises `Refused` unless it waits."""
    why = f"{actor.username} stopped it by hand."
    if not give_up(run=run, why=why, now=now, actor=actor):
        over = Reason("wrong_state", "This run no longer waits.", "Nothing is left to do.")
        raise refuse("give up", over, ref=f"RUN-{run}")


def waiting(run: int) -> QuerySet[WaitingRun]:
    """The run, locked, if it waits."""
    rows = WaitingRun.objects.select_for_update(of=("self",)).select_related(*JOINED)
    return rows.filter(pk=run, state=State.WAITING)


def end(run: WaitingRun, state: str, *, now: datetime, why: str = "", **more: Any) -> None:
    """Write that a run has ended. What its tool lent is forgotten unless it is still to answer."""
    run.state, run.look_at, run.ended_at, run.ended_because = state, None, now, why
    for name, value in more.items():
        setattr(run, name, value)
    if state == State.GIVEN_UP:
        run.sealed_token = b""
    run.save()


def leave_queue(run: WaitingRun, *, now: datetime) -> None:
    """Give its place at the gate to the next."""
    if run.queue_place_id is not None:
        gate.leave(place=run.queue_place_id, actor=run.asked_by, now=now)

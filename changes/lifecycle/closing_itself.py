"""Closing a standard change that went as its template was approved: nobody need say so.

# Note [A change that closes itself]
Its template was approved beforehand, and says that it may. Its last deployment was reported to
have succeeded, every required check holds, those that Tidegate runs too, and no task is open: then
nothing is left for a person to judge. It closes as successful, and never as anything else. What is
closed stays closed: to take it back is another change.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from changes import policies
from changes.lifecycle import check_runs
from changes.lifecycle.moving import move
from changes.lifecycle.suspending import judge_use
from changes.models import Change, Deployment
from changes.policies import Facts
from changes.policies.facts import ActorFacts
from changes.policies.reasons import listed
from changes.queries import facts as gathered
from changes.queries.refs import locked
from changes.states import Kind, Outcome, State
from ledger.timeline import SYSTEM

GIVEN_UP_AFTER = timedelta(days=14)


def close_itself(*, ref: str, now: datetime) -> bool:
    """Close the change if it may close itself; see Note [A change that closes itself].

    Call it in a transaction. Whatever stands in its way leaves it to its team.
    """
    if not _candidates().filter(pk=int(ref.removeprefix("CHG-"))).exists():
        return False
    change = locked(ref=ref)
    facts = _as_tidegate(gathered.of(change, actor=change.author, now=now))
    held = facts.state is not State.VALIDATING or facts.hold is not None
    if held or not policies.may("close", facts, now=now).allowed:
        return False
    names = listed([check.name for check in facts.checks])
    note = f"It closed itself: its deployment succeeded, and {names} passed."
    move(
        change,
        "close",
        facts=facts,
        actor=None,
        now=now,
        sets={"outcome": str(Outcome.SUCCESSFUL), "closing_note": note, "ended_at": now},
        says={"outcome": str(Outcome.SUCCESSFUL), "note": note},
    )
    judge_use(change, now=now)
    check_runs.cancel(change, facts, now=now)
    return True


def close_due(*, now: datetime, limit: int) -> int:
    """Close those that could not when their deployment was reported; how many of them did.

    The latest first, each in a transaction of its own, those in use left for the next time.
    """
    recent = _candidates().filter(finished_at__gt=now - GIVEN_UP_AFTER).order_by("-finished_at")
    return sum(_close(key, now=now) for key in recent.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _close(key: int, *, now: datetime) -> bool:
    free = Change.objects.select_for_update(skip_locked=True).filter(pk=key)
    return bool(free.values_list("pk")) and close_itself(ref=f"CHG-{key}", now=now)


def _candidates() -> QuerySet[Change]:
    """Standard changes in validation whose last deployment succeeded, where that may be enough."""
    last = Deployment.objects.filter(change=OuterRef("pk")).order_by("-id").values("status")
    waiting = Change.objects.filter(
        kind=str(Kind.STANDARD),
        state=str(State.VALIDATING),
        template__closes_itself=True,
        rolled_back_at__isnull=True,
        held_at__isnull=True,
    )
    return waiting.alias(last=Subquery(last[:1])).filter(last=Deployment.Status.SUCCEEDED)


def _as_tidegate(facts: Facts) -> Facts:
    """The facts as Tidegate sees them, on behalf of the team whose template was approved."""
    us = ActorFacts(username=SYSTEM, in_team=True)
    return replace(facts, actor=us, outcome=Outcome.SUCCESSFUL)

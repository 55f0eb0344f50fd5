"""Votes, and what they settle."""

from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog import writing
from catalog.models import User
from changes import lifecycle
from changes.lifecycle import locked_facts, move
from changes.lifecycle.asking import ask_next
from changes.lifecycle.moving import decide, record
from changes.models import Change, Vote
from changes.policies import Facts, filling, may, standing_in
from changes.policies.confirmed import approver_is_confirmed
from changes.policies.facts import VoteCast
from changes.queries.rows import vote_digest, vote_ref
from changes.states import State
from ledger.decision import Reason, refuse


@transaction.atomic
def vote(
    *,
    ref: str,
    decision: str,
    comment: str,
    actor: User,
    now: datetime,
    seen: str | None = None,
    authenticated_by: str = "",
) -> Vote:
    """Cast one vote on the plan as it stands, and let it settle the change.

    A rejection by somebody a requirement asks for sends the change back to planning; the last
    missing approval schedules it. `seen` is the digest of the plan the voter looked at: a vote on
    another one is refused. `authenticated_by` is how the voter has shown who they are (a value of
    `Vote.Authentication`), for environments that demand more than a session. Raises `Refused`, or
    `ValidationError` for an unknown decision or a rejection without a comment.
    """
    if decision not in Vote.Word.values:
        words = ", ".join(Vote.Word.values)
        raise ValidationError({"decision": f"“{decision}” is no vote. Use one of: {words}."})
    if decision == Vote.Word.REJECT and not comment.strip():
        raise ValidationError({"comment": "Say why, so that the author can mend it."})
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    decide(change, "vote", facts=facts, now=now)
    if seen is not None and seen != change.plan_digest:
        raise refuse("vote", _plan_changed(change), ref=change.ref)
    _demand_confirmed(change, decision, authenticated_by)
    spoken_for, keys = standing_in.cast_for(facts)
    cast = Vote(
        change=change,
        round=change.approval_round,
        voter=actor,
        decision=decision,
        comment=comment,
        authorities=sorted(keys),
        on_behalf_of_id=spoken_for.key or None,
        plan_digest=change.plan_digest,
        cast_at=now,
        authenticated_by=authenticated_by,
    )
    writing.insert(cast)
    _record(change, cast, actor=actor, now=now)
    _settle(change, cast, facts=with_vote(facts, cast), actor=actor, now=now)
    return cast


def _demand_confirmed(change: Change, decision: str, authenticated_by: str) -> None:
    environment = change.environment
    reasons = approver_is_confirmed(
        ref=change.ref,
        environment=environment.slug,
        demanded=environment.demands_reauthentication,
        decision=decision,
        authenticated_by=authenticated_by,
    )
    for reason in reasons:
        raise refuse("vote", reason, ref=change.ref)


def with_vote(facts: Facts, cast: Vote) -> Facts:
    """The facts of a locked change with a vote its actor has just cast: all that it changes."""
    told = VoteCast(
        facts.actor.username,
        cast.decision,
        frozenset(cast.authorities),
        cast.plan_digest,
        cast.on_behalf_of.username if cast.on_behalf_of else "",
    )
    actor = replace(facts.actor, voted=cast.decision)
    return replace(facts, votes=(*facts.votes, told), actor=actor)


def _plan_changed(change: Change) -> Reason:
    return Reason(
        "edited_meanwhile",
        f"The plan of {change.ref} was changed since you opened it.",
        "Read what changed, then vote again.",
        source="plan digest",
    )


def _record(change: Change, cast: Vote, *, actor: User, now: datetime) -> None:
    says = {
        "decision": cast.decision,
        "comment": cast.comment,
        "round": cast.round,
        "authorities": cast.authorities,
        **({"on_behalf_of": cast.on_behalf_of.username} if cast.on_behalf_of else {}),
        "plan_digest": cast.plan_digest,
        **({"authenticated_by": cast.authenticated_by} if cast.authenticated_by else {}),
        "rows": {vote_ref(cast): vote_digest(cast)},
    }
    record(change, "vote.cast", actor=actor, now=now, says=says)


def _settle(change: Change, cast: Vote, *, facts: Facts, actor: User, now: datetime) -> None:
    waiting = change.state == State.AWAITING_APPROVAL
    if cast.decision == Vote.Word.REJECT and waiting:
        move(
            change,
            "reject",
            facts=facts,
            actor=actor,
            now=now,
            sets={"submitted_at": None},
            says={"comment": cast.comment},
        )
    elif cast.decision == Vote.Word.APPROVE and waiting:
        if may("approve", facts, now=now).allowed:
            lifecycle.approve(change, facts=facts, actor=actor, now=now)
        else:
            ask_next(change, facts=facts, now=now)
    elif cast.decision == Vote.Word.APPROVE:
        if filling.missing(facts.needs, filling.approvals(facts)):
            ask_next(change, facts=facts, now=now)
        else:
            _settle_retroactively(change, actor=actor, now=now)


def _settle_retroactively(change: Change, *, actor: User, now: datetime) -> None:
    """The votes a broken glass owed are in: the clock stops."""
    change.retroactively_approved_at = now
    change.edition += 1
    writing.update(change, ["retroactively_approved_at", "edition"])
    record(change, "change.retroactively_approved", actor=actor, now=now, says={})

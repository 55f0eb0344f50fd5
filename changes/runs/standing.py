"""What a run is told of its change: whether it may go on, and if not, why and what to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from catalog.models import User
from changes import deployments, gate
from changes.models import Change, Deployment, DoorMapping, DoorRun, Vote
from changes.policies.reach import Reach
from changes.runs.planning import missing
from changes.runs.run import Run, place_of
from changes.states import NOT_STARTED, State
from ledger.decision import Reason, Refused

JOINED = ("change__service", "change__team", "change__environment")


class Word(StrEnum):
    """How it stands with the change of a run; only `allowed` lets it go on."""

    ALLOWED = "allowed"
    WAITING = "waiting"
    DENIED = "denied"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


GATE_SAYS = {"allow": Word.ALLOWED, "wait": Word.WAITING, "deny": Word.DENIED}


@dataclass(frozen=True, slots=True)
class Standing:
    """The word, the change it is about, and the reasons for any word but `allowed`."""

    word: Word
    ref: str
    reasons: tuple[Reason, ...] = ()


@transaction.atomic
def standing_of(run: Run, *, actor: User, now: datetime, reach: Reach) -> Standing | None:
    """What an attempt of a run is told now; None where it never asked for a change, or for one
    that is beyond reach.

    Asks the gate, which records its answer. A yes starts the change once for each attempt, where
    the mapping says so; what may not start is not allowed. Raises `NotMapped` and `Refused`.
    """
    rows = DoorRun.objects.select_for_update(of=("self",)).select_related(*JOINED)
    row = rows.filter(build_key=run.build_key, attempt=run.attempt).first()
    if row is None or not _reaches(reach, row.change):
        return None
    mapping = place_of(run, reach=reach)
    if (over := _over(row.change)) is not None:
        return over
    answer = gate.ask(_question(run, row, mapping), actor=actor, now=now, reach=reach)
    if answer.decision == "allow":
        return _allowed(run, row.change, mapping, permit=answer.permit, actor=actor, now=now)
    if row.change.state == State.PLANNING:
        return Standing(Word.DENIED, row.change.ref, missing(row.change, actor=actor, now=now))
    expired = answer.decision == "deny" and _is_past(row.change, now=now)
    word = Word.EXPIRED if expired else GATE_SAYS[answer.decision]
    return Standing(word, row.change.ref, answer.reasons)


@transaction.atomic
def report(run: Run, status: str, *, actor: User, now: datetime, reach: Reach) -> None:
    """Report the deployment of a run; its start is reported once. Nothing where it has no change.

    Raises `Refused` with every objection.
    """
    rows = DoorRun.objects.select_for_update(of=("self",)).select_related(*JOINED)
    row = rows.filter(build_key=run.build_key, attempt=run.attempt).first()
    if row is None or not _reaches(reach, row.change):
        return
    if status == Deployment.Status.STARTED and _has_started(run, row.change):
        return
    given = deployments.Report(status, at=now, change=row.change.ref, detail=str(run))
    deployments.report(given, actor=actor, now=now, reach=reach)


def told(standing: Standing) -> str:
    """A standing as a person reads it in a log: a line for each reason, with its remedy."""
    if standing.word is Word.ALLOWED:
        return f"{standing.ref} is approved, and may be deployed now."
    begin = f"{standing.ref} {_BEGINNINGS[standing.word]}"
    return "\n".join([begin, *(f"{one.message} {one.remedy}".strip() for one in standing.reasons)])


_BEGINNINGS = {
    Word.WAITING: "waits:",
    Word.DENIED: "may not be deployed:",
    Word.REJECTED: "was rejected:",
    Word.CANCELLED: "was cancelled:",
    Word.EXPIRED: "was not deployed in the time it was planned for:",
}


def _reaches(reach: Reach, change: Change) -> bool:
    place = change.environment.slug
    return reach.covers(service=change.service.slug, team=change.team.slug, environment=place)


def _has_started(run: Run, change: Change) -> bool:
    """Whether this attempt was let through before."""
    started = Deployment.objects.filter(change=change, status=Deployment.Status.STARTED)
    return started.filter(detail=str(run)).exists()


def _question(run: Run, row: DoorRun, mapping: DoorMapping) -> gate.Question:
    """Of the mapping's place: where it means another one now, the change does not cover it."""
    return gate.Question(
        service=mapping.service.slug,
        environment=mapping.environment.slug,
        revision=row.revision,
        change=row.change.ref,
        run_id=run.build,
        attempt=run.attempt_number,
    )


def _over(change: Change) -> Standing | None:
    """What people said that no waiting will change."""
    if change.state == State.CANCELLED:
        reason = Reason(
            "wrong_state",
            change.closing_note or "Somebody cancelled it.",
            "Run the job again to ask for a new change.",
            source="change",
        )
        return Standing(Word.CANCELLED, change.ref, (reason,))
    if change.state != State.PLANNING:
        return None
    said = Vote.objects.filter(
        change=change, round=change.approval_round, decision=Vote.Word.REJECT
    )
    votes = tuple(_rejection(vote) for vote in said.select_related("voter"))
    return Standing(Word.REJECTED, change.ref, votes) if votes else None


def _rejection(vote: Vote) -> Reason:
    return Reason(
        "approvals_missing",
        f"{vote.voter.username} rejected it: {vote.comment}",
        "Revise the change, submit it again, and run the job again.",
        source="votes",
    )


def _is_past(change: Change, *, now: datetime) -> bool:
    ends = change.planned_end_at
    return change.state in NOT_STARTED and ends is not None and ends <= now


def _allowed(
    run: Run, change: Change, mapping: DoorMapping, *, permit: str, actor: User, now: datetime
) -> Standing:
    yes = Standing(Word.ALLOWED, change.ref)
    if not mapping.starts_change or _has_started(run, change):
        return yes
    given = deployments.Report(Deployment.Status.STARTED, at=now, permit=permit, detail=str(run))
    try:
        deployments.report(given, actor=actor, now=now)
    except Refused as refused:
        return Standing(Word.DENIED, change.ref, refused.decision.reasons)
    return yes

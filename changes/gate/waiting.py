"""Looking after whoever waits at the gate: turns that have come, callers to call, places lost.

Done by a worker every few seconds. Which rows are due is written in them, so any number of workers
may do it, and one that was killed left nothing undone.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from catalog.models import Environment, User
from changes import permits
from changes.gate import standing, turns
from changes.gate.verdict import Verdict, verdict
from changes.gate.words import Question
from changes.models import QueuePlace
from changes.policies import Facts
from changes.queries import facts as gathered
from ledger import callbacks, timeline
from ledger.decision import Reason, refuse

JOINED = ("environment", "change__service", "change__team", "asked_by")
SPARED = timedelta(minutes=2)
WORDS = {"allow": "gate.turn_came", "deny": "gate.turned_away"}
LEFT = "gate.left"
Left = QueuePlace.Left


def advance(*, now: datetime, limit: int) -> int:
    """Look at what is due, longest waiting first, at most `limit` places; answers how many."""
    due = _due(now).order_by("id").values_list("pk", "environment")[:limit]
    return sum(_looked_at(place, environment, now=now) for place, environment in due)


@transaction.atomic
def leave(*, place: int, actor: User, now: datetime) -> QueuePlace:
    """Give a place up; said by who took it. Raises LookupError, and `Refused` for anybody else."""
    rows = QueuePlace.objects.select_for_update(of=("self",)).select_related(*JOINED)
    row = rows.filter(pk=place).first() if place < 2**63 else None
    if row is None:
        raise LookupError(f"There is no place {place} in the queue.")
    if row.asked_by_id != actor.pk:
        not_theirs = Reason(
            "not_permitted",
            "This place was taken by somebody else.",
            "Use the token it was taken with, or cancel the change.",
            source="queue",
        )
        raise refuse("leave", not_theirs)
    if row.left_at is None:
        _left(row, Left.CANCELLED, now=now)
        _record(row, LEFT, actor=actor.username, now=now, why=Left.CANCELLED)
    return row


def _due(now: datetime) -> QuerySet[QueuePlace]:
    return QueuePlace.objects.filter(
        Q(look_at__lte=now) | Q(expires_at__lte=now), left_at__isnull=True
    )


@transaction.atomic
def _looked_at(place: int, environment: int, *, now: datetime) -> bool:
    """Look at one place; False where another worker does, or did.

    The environment first, then the place: the order in which whoever asks takes them.
    """
    there = Environment.objects.select_for_update(no_key=True).get(pk=environment)
    rows = QueuePlace.objects.select_for_update(of=("self",), skip_locked=True)
    joined = rows.select_related(*JOINED, "callback")
    row = joined.filter(pk=place).filter(pk__in=_due(now).values("pk")).first()
    if row is None:
        return False
    if row.expires_at <= now:
        _left(row, Left.EXPIRED, now=now)
        _record(row, LEFT, actor=timeline.SYSTEM, now=now, why=Left.EXPIRED)
    elif row.released_at is not None:
        QueuePlace.objects.filter(pk=row.pk).update(look_at=None)
    else:
        _decide(row, limited=there.max_running is not None, now=now)
    return True


def _decide(row: QueuePlace, *, limited: bool, now: datetime) -> None:
    question, facts = _asked(row, now=now)
    said = verdict(question, facts, now=now)
    if said.word == "wait":
        _waits_on(row, facts, said, now=now)
    elif said.word == "deny":
        _left(row, Left.DENIED, now=now)
        _tell(row, said, now=now)
    elif row.callback is not None or limited:
        _release(row, now=now)
        _tell(row, said, now=now)


def _waits_on(row: QueuePlace, facts: Facts, said: Verdict, *, now: datetime) -> None:
    number, _ = standing.standing(row)
    again = turns.ask_again(
        opens=said.next_allowed_at,
        for_others=standing.only_for_others(said.reasons),
        number=number,
        key=row.pk,
        now=now,
    )
    row.ready_from = standing.ready_from(said.reasons, said.next_allowed_at, now=now)
    row.look_at = standing.look_at(row, facts, again=again, now=now)
    row.save(update_fields=["ready_from", "look_at"])


def _asked(row: QueuePlace, *, now: datetime) -> tuple[Question, Facts]:
    """What was asked, and the facts as they are now, seen by who asked."""
    question = Question(
        service=row.change.service.slug,
        environment=row.environment.slug,
        revision=row.revision,
        artifact=row.artifact,
        change=row.change.ref,
        run_id=row.run_id,
    )
    facts, _ = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=row.change_id,
        revision=row.revision,
        actor=row.asked_by,
        now=now,
        key_purpose=permits.PURPOSE,
    )
    return question, facts


def _release(row: QueuePlace, *, now: datetime) -> None:
    """Its turn has come: room is kept until its caller should have come for it."""
    waited = max(row.expires_at - turns.GRACE, now) if row.callback is None else now
    until = max(now + turns.ROOM_IS_KEPT, min(waited + SPARED, now + 4 * turns.ROOM_IS_KEPT))
    row.released_at, row.held_until, row.expires_at, row.look_at = now, until, until, None
    row.save(update_fields=["released_at", "held_until", "expires_at", "look_at"])


def _left(row: QueuePlace, why: str, *, now: datetime) -> None:
    row.left_at, row.left_because, row.look_at = now, why, None
    row.save(update_fields=["left_at", "left_because", "look_at"])


def _tell(row: QueuePlace, said: Verdict, *, now: datetime) -> None:
    """Record what became of it, and call whoever wanted to be called.

    No permit is in it: whoever is called asks the gate, and gets one.
    """
    _record(
        row,
        WORDS[said.word],
        actor=timeline.SYSTEM,
        now=now,
        decision=said.word,
        reasons=[reason.as_json() for reason in said.reasons],
        call=True,
    )


def _record(
    row: QueuePlace, verb: str, *, actor: str, now: datetime, call: bool = False, **says: object
) -> None:
    change = row.change
    callbacks.call(
        row.callback if call else None,
        subject=f"{change.service.slug}/{row.environment.slug}",
        verb=verb,
        actor=actor,
        at=now,
        about=[f"service:{change.service.slug}", f"team:{change.team.slug}", change.ref],
        data={
            "place": row.pk,
            "change": change.ref,
            "service": change.service.slug,
            "environment": row.environment.slug,
            "revision": row.revision,
            "run_id": row.run_id,
            **says,
        },
    )


def waiting(*, environment: Environment | None = None) -> QuerySet[QueuePlace]:
    """Everybody who waits, in the order of their turns."""
    rows = QueuePlace.objects.filter(left_at__isnull=True)
    if environment is not None:
        rows = rows.filter(environment=environment)
    joined = rows.select_related(*JOINED)
    return joined.order_by("environment__slug", F("released_at").asc(nulls_last=True), "id")

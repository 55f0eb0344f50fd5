"""The place of whoever waits at the gate, written as they ask.

# Note [Turns]
A pipeline that is told to wait gets a place; places go in the order of their keys, so by who asked
first, whatever happened since: they are rows. Where an environment takes only so many changes at
once, whoever asks holds its row while they are answered, so room is given to one after another, and
is kept for a while for whom it was given. Where it takes any number the order is kept by telling
each when to come back (Note [Nothing thunders] in `turns`).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from catalog.models import Environment, User
from changes.gate import turns
from changes.gate.words import Answer, Place, Question
from changes.models import QueuePlace
from changes.policies import Facts
from changes.policies.retrying import begins_anew
from changes.policies.rivals import WAITED_FOR
from ledger import callbacks
from ledger.decision import Reason
from ledger.models import Callback

ALLOW, WAIT, DENY = "allow", "wait", "deny"


def concerns(facts: Facts, answer: Answer) -> bool:
    """Whether an answer touches the queue: it waits, has waited, or room is short there."""
    if not facts.ref or facts.change_environment != facts.environment:
        return False
    if facts.started_at and not begins_anew(facts):
        return False
    return answer.decision == WAIT or facts.turn.waits or facts.room is not None


def take_turns(*, environment: str) -> None:
    """Answer no one else who asks for an environment until the transaction ends."""
    Environment.objects.select_for_update(no_key=True).filter(slug=environment).first()


def stand(
    question: Question, facts: Facts, answer: Answer, *, actor: User, now: datetime
) -> Answer:
    """Keep, give or end the place of whoever asks; the answer with the place told.

    In the caller's transaction. Raises `ValidationError` for a callback that cannot be called.
    """
    if answer.decision == WAIT:
        return _waits(question, facts, answer, actor=actor, now=now)
    mine = QueuePlace.objects.filter(change=_key(facts), left_at__isnull=True)
    if answer.decision == DENY:
        own = mine.filter(run_id=question.run_id)
        own.update(left_at=now, left_because=QueuePlace.Left.DENIED, look_at=None)
        return answer
    until = answer.expires_at or now + turns.ROOM_IS_KEPT
    if facts.room is not None:
        row, _ = _place(question, facts, actor=actor, now=now)
        mine = mine.filter(pk=row.pk)
    mine.filter(Q(run_id=question.run_id)).update(
        released_at=now, held_until=until, expires_at=until, look_at=until, asked_at=now
    )
    return answer


def _waits(
    question: Question, facts: Facts, answer: Answer, *, actor: User, now: datetime
) -> Answer:
    row, secret = _place(question, facts, actor=actor, now=now)
    number, of = standing(row)
    again = turns.ask_again(
        opens=answer.next_allowed_at,
        for_others=only_for_others(answer.reasons),
        number=number,
        key=row.pk,
        now=now,
    )
    again = timedelta(seconds=int(again.total_seconds()))
    row.released_at, row.held_until, row.asked_at = None, None, now
    row.ready_from = ready_from(answer.reasons, answer.next_allowed_at, now=now)
    ends = turns.expires(again=again, has_callback=row.callback is not None, now=now)
    row.expires_at = max(row.expires_at, ends)
    row.look_at = look_at(row, facts, again=again, now=now)
    row.save()
    told = turns.told(number=number, of=of, environment=facts.environment)
    return replace(answer, retry_after=again, place=Place(row.pk, number, of, told, secret))


def standing(row: QueuePlace) -> tuple[int, int]:
    """Which place it is from 1, and how many wait for the environment. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"id": row.pk, "environment": row.environment_id})
        number, of = cursor.fetchone()
    return number, of


def only_for_others(reasons: Iterable[Reason]) -> bool:
    """Whether nothing but others stands in the way."""
    return all(one.code in WAITED_FOR and one.until is None for one in reasons)


def ready_from(
    reasons: Iterable[Reason], opens: datetime | None, *, now: datetime
) -> datetime | None:
    """When, as far as is known, nothing but others stands in the way any more."""
    return now if only_for_others(reasons) else opens


def look_at(row: QueuePlace, facts: Facts, *, again: timedelta, now: datetime) -> datetime | None:
    """When a worker looks whether its turn has come: where somebody is to be called, or turns
    are taken. Whoever asks for themselves where any number may run is not looked after.
    """
    return now + again if row.callback_id is not None or facts.room is not None else None


def _place(
    question: Question, facts: Facts, *, actor: User, now: datetime
) -> tuple[QueuePlace, str]:
    """The caller's place, new or as it was, locked; and the secret of its callback or ""."""
    values: dict[str, Any] = {
        "change": _key(facts),
        "environment": facts.environment,
        "revision": question.revision or facts.revision,
        "artifact": question.artifact,
        "run_id": question.run_id,
        "pipeline_url": question.pipeline_url,
        "actor": actor.pk,
        "now": now,
        "expires_at": now + turns.GRACE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, values)
        (key,) = cursor.fetchone()
    row = QueuePlace.objects.select_related("callback").get(pk=key)
    callback = row.callback
    if question.callback_url and (callback is None or callback.url != question.callback_url):
        callback = callbacks.open_callback(url=question.callback_url, now=now)
        row.callback = callback
    own = callback is not None and row.asked_by_id == actor.pk
    return row, _secret(callback) if own else ""


def _secret(callback: Callback | None) -> str:
    return callbacks.secret_of(callback) if callback is not None else ""


def _key(facts: Facts) -> int:
    return int(facts.ref.removeprefix("CHG-"))


# Whoever asks again keeps the key, and so the turn, of the first time.
_JOIN = """
INSERT INTO changes_queueplace (environment_id, change_id, revision, artifact, run_id, pipeline_url,
    asked_by_id, joined_at, asked_at, expires_at, left_because)
SELECT e.id, %(change)s, %(revision)s, %(artifact)s, %(run_id)s, %(pipeline_url)s, %(actor)s,
    %(now)s, %(now)s, %(expires_at)s, ''
FROM catalog_environment e WHERE e.slug = %(environment)s
ON CONFLICT (change_id, run_id) WHERE left_at IS NULL DO UPDATE SET asked_at = excluded.asked_at
RETURNING id
"""
_STANDING = """
SELECT count(*) FILTER (WHERE id <= %(id)s), count(*) FROM changes_queueplace
WHERE environment_id = %(environment)s AND left_at IS NULL AND released_at IS NULL
"""

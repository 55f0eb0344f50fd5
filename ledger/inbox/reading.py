"""Reading what came in: by whoever reads its vendor's messages, until it is done or given up.

# Note [Read at least once]
What a reader writes and that the message is done are one transaction. A message is claimed in one
of its own before, which counts the attempt: one that takes the worker down with it is given up at
last. What stays in order with an earlier message waits for it, and goes on once that is given up.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from catalog.models import User
from ledger import timeline
from ledger.decision import Reason, refuse
from ledger.inbox.receiving import WORK
from ledger.inbox.vendors import known
from ledger.models import Message
from ledger.wake import nudge_task

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 10
KEPT = timedelta(days=14)
GIVEN_UP_KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 5_000
LONGEST_ERROR = 2_000
TODO = (Message.State.PENDING, Message.State.FAILED)
# Of those that stay in order only the first: a later one is not due while it waits or is read.
# Found first, and once: within a condition PostgreSQL may find the rows again for each row it looks
# at, and then it takes more of them.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT m.id FROM ledger_message m
    WHERE m.state IN ('pending', 'failed') AND m.next_attempt_at <= %(now)s
        AND (m.claimed_until IS NULL OR m.claimed_until <= %(now)s)
        AND (m.in_order = '' OR NOT EXISTS (
            SELECT FROM ledger_message e
            WHERE e.source_id = m.source_id AND e.in_order = m.in_order AND e.id < m.id
                AND e.state IN ('pending', 'failed') AND e.in_order <> ''))
    ORDER BY m.next_attempt_at, m.id LIMIT %(limit)s
    FOR UPDATE OF m SKIP LOCKED)
UPDATE ledger_message taken SET attempts = attempts + 1, claimed_until = %(until)s
FROM due WHERE taken.id = due.id
RETURNING taken.id
"""


class Unreadable(Exception):
    """A message that will never be understood, and why: it is given up at once."""


class _TakenOver(Exception):
    """The lease ran out: what was written here is undone."""


def work(*, now: datetime, limit: int) -> int:
    """Have at most `limit` messages read that are due, oldest first; answers how many were tried.

    Any number of workers may.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "until": now + LEASE, "limit": limit})
        claimed = sorted(number for (number,) in cursor.fetchall())
    for number in claimed:
        _attempt(number, now=now)
    return len(claimed)


def replay(*, message: Message, actor: User, now: datetime) -> None:
    """Have a message read once more, from the first attempt on.

    Raises `Refused` (wrong_state) while it is still to be read.
    """
    with transaction.atomic():
        over = Message.objects.filter(pk=message.pk).exclude(state__in=TODO)
        again = over.update(
            state=Message.State.PENDING, attempts=0, next_attempt_at=now, claimed_until=None
        )
        if not again:
            waits = Reason(
                code="wrong_state",
                message="This message is still to be read.",
                remedy="Wait for its next attempt.",
                source=str(message),
            )
            raise refuse("replay", waits, ref=message.source.ref)
        _record(message, "message.replayed", actor=actor.username, now=now)
        nudge_task(WORK)


def forget(*, now: datetime) -> int:
    """Delete what was read two weeks ago, and what was given up three months ago; how many."""
    read = Message.objects.filter(state=Message.State.DONE, received_at__lt=now - KEPT)
    given_up = Message.objects.filter(state=Message.State.DEAD, received_at__lt=now - GIVEN_UP_KEPT)
    return _forgotten(read) + _forgotten(given_up)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 s, 15 s, 45 s … 1 h."""
    return min(FIRST_WAIT * 3 ** min(attempts - 1, 10), LONGEST_WAIT)


def _forgotten(rows: QuerySet[Message]) -> int:
    """A few thousand at a time, so that no statement holds its rows for long."""
    count = 0
    while some := list(rows.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        count += Message.objects.filter(pk__in=some).delete()[0]
    return count


def _attempt(number: int, *, now: datetime) -> None:
    message = Message.objects.select_related("source").get(pk=number)
    try:
        if message.attempts > MOST_ATTEMPTS:
            raise Unreadable("Workers were lost while reading it.")
        with transaction.atomic():
            _read(message, now=now)
            if not _write(message, state=Message.State.DONE, error=""):
                raise _TakenOver
    except _TakenOver:
        log.warning("%s of %s took so long that another worker read it", message, message.source)
    except Unreadable as why:
        _give_up(message, str(why), now=now)
    except Exception as wrong:
        log.exception("%s of %s could not be read", message, message.source)
        if message.attempts >= MOST_ATTEMPTS:
            _give_up(message, _words(wrong), now=now)
        else:
            wait = backoff(message.attempts)
            _write(
                message,
                state=Message.State.FAILED,
                next_attempt_at=now + wait,
                error=_words(wrong),
            )


def _read(message: Message, *, now: datetime) -> None:
    vendor = known().get(message.source.vendor)
    reader = vendor.readers.get(message.topic) if vendor else None
    if reader is None:
        raise Unreadable(f"Nobody reads {message.topic} of {message.source.vendor} any more.")
    reader(message, now)


def _give_up(message: Message, why: str, *, now: datetime) -> None:
    """Say so in the log and on the source's timeline, where subscriptions hear of it."""
    log.error("Gave up reading %s of %s: %s", message, message.source, why)
    with transaction.atomic():
        if _write(message, state=Message.State.DEAD, error=why[:LONGEST_ERROR]):
            _record(message, "message.given_up", actor=timeline.SYSTEM, now=now, error=why)


def _write(message: Message, **columns: object) -> bool:
    """Write how it went and let go; False where somebody else claimed it meanwhile."""
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts, state__in=TODO)
    return bool(mine.update(claimed_until=None, **columns))


def _record(message: Message, verb: str, *, actor: str, now: datetime, **told: str) -> None:
    """`told` is data only; a message's body is never repeated here."""
    timeline.record(
        subject=message.source.ref,
        verb=verb,
        actor=actor,
        at=now,
        data={
            "title": message.source.name,
            "message": message.pk,
            "topic": message.topic,
            "received_at": message.received_at,
            **told,
        },
    )


def _words(wrong: Exception) -> str:
    return f"{type(wrong).__name__}: {wrong}"[:LONGEST_ERROR]

"""Sealing: the events since the last seal, some thousands at a time, each seal its own commit."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from ledger import keys, timeline
from ledger.models import Event, Seal
from ledger.seals import PURPOSE, SEALED, SUBJECT, horizon, merkle
from ledger.seals.statement import START, Leaf, digest, heads, statement

AT_ONCE = 4096
WAIT_SECONDS = 10
_LOCK = 7_316_203
_COLUMNS = Leaf._fields


class AlreadySealing(Exception):
    """Somebody else is sealing."""


def seal_new(
    *, now: datetime, wait_seconds: float = WAIT_SECONDS, progress: Callable[[Seal], None]
) -> int:
    """Seal every event that is settled; answers how many seals were made.

    Each is committed by itself and told to `progress`, so whatever ends this loses nothing, and the
    next call goes on. Raises `AlreadySealing`, and `sealing.Unreadable` for the key.
    """
    last = newest()
    upto = horizon.settled(after=last.last_id if last else 0, wait_seconds=wait_seconds)
    made = 0
    while (seal := seal_next(upto=upto, now=now)) is not None:
        made += 1
        progress(seal)
    return made


def seal_next(*, upto: int, now: datetime) -> Seal | None:
    """Make one seal of events up to an id that is settled; None where none waits.

    What only tells of seals waits for the next event: otherwise each seal would call for another.
    """
    with transaction.atomic(durable=True):
        _alone()
        last = newest()
        after = last.last_id if last else 0
        events = Event.objects.filter(pk__gt=after, pk__lte=upto)
        if not events.exclude(verb=SEALED).exists():
            return None
        rows = events.order_by("pk").values_list(*_COLUMNS)[:AT_ONCE]
        seal = _sealed([Leaf(*row) for row in rows], last=last, now=now)
        timeline.record(
            subject=SUBJECT,
            verb=SEALED,
            actor=timeline.SYSTEM,
            at=now,
            data={"seal": seal.number, "digest": seal.digest, "count": seal.count, "key": seal.kid},
        )
    return seal


def rotate_key(*, actor: str, now: datetime) -> keys.SigningKeyPair:
    """Sign with another key from now on; what the old ones signed is still verified."""
    with transaction.atomic(durable=True):
        made = keys.rotate(purpose=PURPOSE, now=now)
        timeline.record(
            subject=SUBJECT,
            verb="ledger.key_rotated",
            actor=actor,
            at=now,
            data={"purpose": PURPOSE, "key": made.kid},
        )
    return made


def newest() -> Seal | None:
    """The last seal that was made."""
    return Seal.objects.order_by("number").last()


def _sealed(events: list[Leaf], *, last: Seal | None, now: datetime) -> Seal:
    """Write the seal over the events, which follow the last one's."""
    key = keys.signing_key(purpose=PURPOSE, now=now)
    leaves = [merkle.leaf(number=event.id, digest=event.digest) for event in events]
    seal = Seal(
        number=last.number + 1 if last else 1,
        sealed_at=now,
        first_id=events[0].id,
        last_id=events[-1].id,
        count=len(events),
        root=merkle.root(leaves).hex(),
        heads=heads(events),
        previous_digest=last.digest if last else START,
        kid=key.kid,
    )
    seal.digest = digest(seal)
    seal.signature = key.sign(statement(seal))
    seal.save(force_insert=True)
    return seal


def _alone() -> None:
    """Keep other sealers out until this transaction ends; raise `AlreadySealing` if one is in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadySealing("Somebody else is sealing the ledger. Try again in a moment.")

"""Rotating a signing key without a gap: published, then in use, then retired, then dropped.

# Note [Four ages of a key]
Verifiers keep the published keys for a while. So the next key is published before it signs; the
one it replaces stays published until all it signed has ended; then it is published no more, and
its private half is deleted, so that nobody can ever sign with it. Its public half stays in the
database: what it signed can still be looked into.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ledger import keys, timeline
from ledger.models import SigningKey
from ledger.seals.making import SUBJECT

DROPPED = b""


@dataclass(frozen=True, slots=True)
class Ages:
    """How old a key in use may be, how long it is published before, and how long after."""

    in_use: timedelta
    before: timedelta
    after: timedelta


def tend(*, purpose: str, ages: Ages, now: datetime) -> None:
    """Do what is due: publish the next key, put it in use, drop what is long retired."""
    with transaction.atomic():
        current = keys.in_use(purpose=purpose).select_for_update().first()
        if current is not None and now - current.created_at >= ages.in_use:
            publish(purpose=purpose, actor=timeline.SYSTEM, now=now)
        _turn(purpose, published_by=now - ages.before, now=now)
        _drop(purpose, retired_by=now - ages.after, now=now)


def publish(*, purpose: str, actor: str, now: datetime) -> SigningKey:
    """The next key, which waits; made and published where there is none."""
    with transaction.atomic():
        waiting = SigningKey.objects.filter(purpose=purpose, waits=True)
        row = waiting.first()
        if row is None:
            keys.new_key(purpose=purpose, now=now, waits=True)
            row = waiting.get()
            _record("ledger.key_published", row, actor=actor, now=now)
    return row


def replace(*, purpose: str, actor: str, now: datetime) -> keys.SigningKeyPair:
    """Sign with a new key from this instant on, as when the old one may have leaked."""
    with transaction.atomic():
        pair = keys.rotate(purpose=purpose, now=now)
        row = keys.in_use(purpose=purpose).get()
        _record("ledger.key_rotated", row, actor=actor, now=now)
    return pair


def _turn(purpose: str, *, published_by: datetime, now: datetime) -> None:
    waiting = SigningKey.objects.select_for_update().filter(purpose=purpose, waits=True)
    row = waiting.filter(created_at__lte=published_by).first()
    if row is None:
        return
    keys.in_use(purpose=purpose).update(retired_at=now)
    row.waits = False
    row.save(update_fields=["waits"])
    _record("ledger.key_rotated", row, actor=timeline.SYSTEM, now=now)


def _drop(purpose: str, *, retired_by: datetime, now: datetime) -> None:
    retired = SigningKey.objects.select_for_update().filter(
        purpose=purpose, retired_at__lte=retired_by
    )
    for row in retired.exclude(sealed_private=DROPPED):
        row.sealed_private = DROPPED
        row.save(update_fields=["sealed_private"])
        _record("ledger.key_dropped", row, actor=timeline.SYSTEM, now=now)


def _record(verb: str, row: SigningKey, *, actor: str, now: datetime) -> None:
    says = {"purpose": row.purpose, "key": row.kid}
    timeline.record(subject=SUBJECT, verb=verb, actor=actor, at=now, data=says)

"""Sources: made, changed and given keys on the record.

A source opens a door, so one that was put in or widened in SQL is named, and so are its keys. A key
is told once, when it is made.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from catalog.models import User
from ledger import rows, sealing, timeline
from ledger.inbox.receiving import digest_of
from ledger.inbox.vendors import Proof, known
from ledger.models import Source, SourceKey

PREFIX = "tgs_"
SHOWN_CHARACTERS = 8
OVERLAP = timedelta(days=7)
EDITABLE = ("name", "per_minute", "is_active")


@transaction.atomic
def make(*, actor: User, now: datetime, **given: Any) -> tuple[Source, str]:
    """Make a source and its first key; answers both, the key for this once.

    Raises `ValidationError`.
    """
    source = Source(created_at=now, **given)
    source.full_clean()
    source.save(force_insert=True)
    _, key = _add_key(source, now=now)
    _record(source, "source.created", actor=actor, now=now, says=_said(source))
    return source, key


@transaction.atomic
def edit(*, source: Source, actor: User, now: datetime, **given: Any) -> None:
    """Change what may be changed of a source; nothing is recorded where nothing is."""
    kept = Source.objects.select_for_update().get(pk=source.pk)
    diff = {
        name: [getattr(kept, name), given[name]]
        for name in EDITABLE
        if name in given and getattr(kept, name) != given[name]
    }
    if not diff:
        return
    for name, (_, value) in diff.items():
        setattr(kept, name, value)
    kept.full_clean()
    kept.save(update_fields=list(diff))
    _record(kept, "source.edited", actor=actor, now=now, says={"diff": diff})


@transaction.atomic
def rotate(*, source: Source, actor: User, now: datetime) -> str:
    """Give a source another key; answers it, this once. The others are good for a week more."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    until = now + OVERLAP
    good = source.keys.filter(revoked_at__isnull=True)
    good.filter(expires_at__isnull=True).update(expires_at=until)
    good.filter(expires_at__gt=until).update(expires_at=until)
    row, key = _add_key(source, now=now)
    says = {"key": str(row), "others_until": until}
    _record(source, "source.key_added", actor=actor, now=now, says=says)
    return key


@transaction.atomic
def revoke(*, key: SourceKey, actor: User, now: datetime) -> None:
    """End a key at once; one that is revoked already keeps its date."""
    source = Source.objects.select_for_update().get(pk=key.source_id)
    if source.keys.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now):
        _record(source, "source.key_revoked", actor=actor, now=now, says={"key": str(key)})


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every source, with its keys."""
    every = Source.objects.order_by("pk").prefetch_related("keys")
    return ((one.ref, digest(one)) for one in every)


def digest(source: Source) -> str:
    """SHA-256 over what the source may, and over its keys."""
    keys = {
        bytes(key.digest).hex(): [
            sha256(bytes(key.sealed_secret)).hexdigest(),
            key.created_at,
            key.expires_at,
            key.revoked_at,
        ]
        for key in source.keys.all()
    }
    return rows.digest(source, besides={"keys": keys})


def _add_key(source: Source, *, now: datetime) -> tuple[SourceKey, str]:
    vendor = known()[source.vendor]
    key = vendor.key() if vendor.key else PREFIX + secrets.token_urlsafe(32)
    signs = vendor.proof is Proof.SIGNATURE
    row = SourceKey.objects.create(
        source=source,
        prefix=key[:SHOWN_CHARACTERS],
        digest=bytes.fromhex(digest_of(key)),
        sealed_secret=sealing.seal(key.encode()) if signs else b"",
        created_at=now,
    )
    return row, key


def _said(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ("slug", "vendor", *EDITABLE)}


def _record(
    source: Source, verb: str, *, actor: User, now: datetime, says: Mapping[str, Any]
) -> None:
    timeline.record(
        subject=source.ref,
        verb=verb,
        actor=actor.username,
        at=now,
        data={"title": source.name, **says, "row_digest": digest(source)},
    )

"""Sources: made, changed and given keys on the record.

A source opens a door, so one that was put in or widened in SQL is named, and so are its keys. A key
is told once, when it is made; a secret that a tool made is given to us, and told to nobody.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from ledger import rows, sealing, timeline
from ledger.inbox.receiving import digest_of
from ledger.inbox.vendors import Proof, known
from ledger.models import Source, SourceKey

PREFIX = "tgs_"
SHOWN_CHARACTERS = 8
SHOWN_OF_SECRET = 3
SHORTEST_SECRET, LONGEST_SECRET = 16, 200
OVERLAP = timedelta(days=7)
EDITABLE = (
    "name",
    "per_minute",
    "is_active",
    "expected_every_minutes",
    "alerts_end_after_minutes",
    "service",
)


@transaction.atomic
def make(*, actor: User, now: datetime, secret: str = "", **given: Any) -> tuple[Source, str]:
    """Make a source and its first key; answers both, the key for this once.

    `secret` is what the tool itself signs with, where it makes that. Raises `ValidationError`.
    """
    source = Source(created_at=now, **given)
    source.full_clean()
    refuse_secret(secret, vendor=source.vendor)
    source.save(force_insert=True)
    _, key = _add_key(source, now=now, secret=secret)
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
    told = {name: [_plain(value) for value in both] for name, both in diff.items()}
    _record(kept, "source.edited", actor=actor, now=now, says={"diff": told})


@transaction.atomic
def rotate(*, source: Source, actor: User, now: datetime, secret: str = "") -> str:
    """Give a source another key; answers it, this once. The others are good for a week more.

    `secret` as in `make`.
    """
    source = Source.objects.select_for_update().get(pk=source.pk)
    refuse_secret(secret, vendor=source.vendor)
    until = now + OVERLAP
    good = source.keys.filter(revoked_at__isnull=True)
    good.filter(expires_at__isnull=True).update(expires_at=until)
    good.filter(expires_at__gt=until).update(expires_at=until)
    row, key = _add_key(source, now=now, secret=secret)
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


def refuse_secret(secret: str, *, vendor: str) -> None:
    """Raise `ValidationError` for a secret that a tool of this vendor cannot have made."""
    if not secret:
        return
    if known()[vendor].proof is Proof.KEY:
        raise ValidationError({"secret": "This tool signs nothing: leave it empty."})
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise ValidationError(
            {
                "secret": f"Give the secret whole: {SHORTEST_SECRET} to {LONGEST_SECRET} "
                "characters on one line."
            }
        )
    if SourceKey.objects.filter(digest=bytes.fromhex(digest_of(secret))).exists():
        raise ValidationError({"secret": "A source has this secret already."})


def _add_key(source: Source, *, now: datetime, secret: str) -> tuple[SourceKey, str]:
    vendor = known()[source.vendor]
    made = vendor.key() if vendor.key else PREFIX + secrets.token_urlsafe(32)
    key = secret or made
    signs = vendor.proof is not Proof.KEY
    row = SourceKey.objects.create(
        source=source,
        prefix=key[: SHOWN_OF_SECRET if secret else SHOWN_CHARACTERS],
        digest=bytes.fromhex(digest_of(key)),
        sealed_secret=sealing.seal(key.encode()) if signs else b"",
        created_at=now,
    )
    return row, key


def _plain(value: Any) -> Any:
    """As an event says it: a service by its slug."""
    return value.slug if isinstance(value, Service) else value


def _said(source: Source) -> dict[str, Any]:
    said = {name: _plain(getattr(source, name)) for name in ("slug", "vendor", *EDITABLE)}
    return {name: value for name, value in said.items() if value is not None}


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

"""API tokens, recorded: who issued and revoked which, and what each may be used for.

A token opens the gate, so one that was put in, widened or brought back in SQL is named. Its secret
is never told; that its digest is another one is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog import tokens
from catalog.models import ApiToken, User
from ledger import timeline
from ledger.canonical import sha256_hex

SAID = ("name", "prefix", "scopes", "services", "teams", "created_at", "expires_at", "revoked_at")


def ref_of(token: ApiToken) -> str:
    """`token:7`"""
    return f"token:{token.pk}"


@transaction.atomic
def issue(*, actor: str, user: User, now: datetime, **given: Any) -> tuple[ApiToken, str]:
    """Issue a token as `tokens.issue` does, and record who did; answers it and its secret."""
    token, secret = tokens.issue(user=user, now=now, **given)
    _record(token, "token.issued", actor=actor, now=now)
    return token, secret


@transaction.atomic
def revoke(*, actor: str, token: ApiToken, now: datetime) -> None:
    """End a token for good; one that is revoked already stays as it is, and nothing is recorded."""
    before = ApiToken.objects.select_for_update().get(pk=token.pk)
    if before.revoked_at is None:
        tokens.revoke(token=token, now=now)
        _record(token, "token.revoked", actor=actor, now=now)


def digest(token: ApiToken) -> str:
    """SHA-256 over what the token is good for, and the digest of its secret."""
    return sha256_hex({**_said(token), "digest": bytes(token.digest).hex()})


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every token, revoked ones too."""
    for token in ApiToken.objects.select_related("user").order_by("pk").iterator(chunk_size=2000):
        yield ref_of(token), digest(token)


def _said(token: ApiToken) -> dict[str, Any]:
    return {"user": token.user.username, **{name: getattr(token, name) for name in SAID}}


def _record(token: ApiToken, verb: str, *, actor: str, now: datetime) -> None:
    row = ApiToken.objects.select_related("user").get(pk=token.pk)
    timeline.record(
        subject=ref_of(row),
        verb=verb,
        actor=actor,
        at=now,
        about=[f"user:{row.user.username}"],
        data={**_said(row), "row_digest": digest(row)},
    )

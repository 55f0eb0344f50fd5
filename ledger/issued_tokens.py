"""API tokens, recorded: who issued, rotated and revoked which, and what each may be used for.

A token opens the gate, so one that was put in, widened or brought back in SQL is named. Its secret
is never told; that its digest is another one is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog import token_life, tokens
from catalog.models import ApiToken, User
from ledger import timeline
from ledger.canonical import sha256_hex
from ledger.decision import Reason, refuse

SAID = ("name", "prefix", "scopes", "services", "teams", "created_at", "expires_at", "revoked_at")
# Said where there is something to say, so that older tokens keep their digest.
SAID_IF_ANY = ("environments", "per_minute", "replaces_id", "origin")


def ref_of(token: ApiToken) -> str:
    """`token:7`"""
    return f"token:{token.pk}"


@transaction.atomic
def issue(*, actor: str, user: User, now: datetime, **given: Any) -> tuple[ApiToken, str]:
    """Issue a token as `tokens.issue` does, and record who did; answers it and its secret."""
    token, secret = tokens.issue(user=user, now=now, **given)
    record(token, "token.issued", actor=actor, now=now)
    return token, secret


@transaction.atomic
def rotate(
    *,
    actor: str,
    token: ApiToken,
    now: datetime,
    overlap: timedelta = token_life.USUAL_OVERLAP,
) -> tuple[ApiToken, str]:
    """Issue a token that replaces this one and is good for the same; answers it and its secret.

    The old one opens what it did for `overlap`, then ends. The new one lives as long as the old one
    was to live. Raises `Refused`, and `ValidationError` for an overlap that is too long.
    """
    if not timedelta(0) <= overlap <= token_life.LONGEST_OVERLAP:
        days = token_life.LONGEST_OVERLAP.days
        raise ValidationError({"overlap_hours": f"Both are good for at most {days} days."})
    old = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    _refuse_rotation(old, now=now)
    token, secret = issue(
        actor=actor,
        user=old.user,
        now=now,
        name=old.name,
        scopes=old.scopes,
        services=old.services,
        teams=old.teams,
        environments=old.environments,
        per_minute=old.per_minute,
        expires_at=now + token_life.life_of_next(old),
        replaces=old,
    )
    old.expires_at = min(filter(None, (old.expires_at, now + overlap)))
    old.save(update_fields=["expires_at"])
    record(old, "token.rotated", actor=actor, now=now, by=ref_of(token))
    return token, secret


@transaction.atomic
def revoke(*, actor: str, token: ApiToken, now: datetime) -> None:
    """End a token for good; one that is revoked already stays as it is, and nothing is recorded."""
    before = ApiToken.objects.select_for_update().get(pk=token.pk)
    if before.revoked_at is None:
        tokens.revoke(token=token, now=now)
        record(token, "token.revoked", actor=actor, now=now)


def digest(token: ApiToken) -> str:
    """SHA-256 over what the token is good for, and the digest of its secret."""
    return sha256_hex({**_said(token), "digest": bytes(token.digest).hex()})


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every token, revoked ones too."""
    for token in ApiToken.objects.select_related("user").order_by("pk").iterator(chunk_size=2000):
        yield ref_of(token), digest(token)


def _refuse_rotation(token: ApiToken, *, now: datetime) -> None:
    if (standing := token_life.standing(token, now=now)) != "valid":
        message = f"The API token “{token.name}” is {standing}."
        raise _refusal(f"token_{standing}", message, "Issue a new one.")
    if token.origin:
        message = f"The API token “{token.name}” was made of a pipeline's own token."
        raise _refusal("token_short_lived", message, "Exchange another one of the pipeline.")
    if ApiToken.objects.filter(replaces=token).exists():
        message = f"The API token “{token.name}” was rotated already."
        remedy = "Use the token it was replaced by. If nobody knows it, revoke both."
        raise _refusal("token_rotated", message, remedy)


def _refusal(code: str, message: str, remedy: str) -> Exception:
    return refuse("rotate", Reason(code, message, remedy, source="token"))


def _said(token: ApiToken) -> dict[str, Any]:
    more = {name: value for name in SAID_IF_ANY if (value := getattr(token, name))}
    return {
        "user": token.user.username,
        **{name: getattr(token, name) for name in SAID},
        **more,
    }


def record(
    token: ApiToken, verb: str, *, actor: str, now: datetime, gone: bool = False, **more: Any
) -> None:
    """The event of a token: what it is good for now, and its digest; none once it is `gone`."""
    row = ApiToken.objects.select_related("user").get(pk=token.pk)
    timeline.record(
        subject=ref_of(row),
        verb=verb,
        actor=actor,
        at=now,
        about=[f"user:{row.user.username}"],
        data={**_said(row), **more, "row_digest": None if gone else digest(row)},
    )

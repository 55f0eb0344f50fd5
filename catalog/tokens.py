"""API tokens: issuing one, and knowing whose it is."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from catalog import roles, statements, token_life
from catalog.models import ApiToken, User
from catalog.models.token import Scope

PREFIX = "tg_"
UNKNOWN = "token_unknown"
_SECRET_BYTES = 32
_SHOWN_CHARACTERS = 10
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
# What no request looks at is left where it is, and fetched if somebody does.
_LEFT = {
    *("digest", "prefix", "created_at", "replaces", "reminders", "origin"),
    *("password", "last_login", "date_joined"),
}
_TOKEN = [one.attname for one in ApiToken._meta.concrete_fields if one.name not in _LEFT]
_USER = [one.attname for one in User._meta.concrete_fields if one.name not in _LEFT]
# The token of a digest in hex, and its user; also to be joined to another statement.
BY_DIGEST = f"""
SELECT k.user_id, json_build_array({", ".join([f"k.{name}" for name in _TOKEN])},
    {", ".join(f"u.{name}" for name in _USER)},
    ARRAY(SELECT g.name::text FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = u.id)) AS bearer
FROM catalog_apitoken k JOIN catalog_user u ON u.id = k.user_id
WHERE k.digest = decode(%(token)s, 'hex')
"""  # noqa: S608 columns of our models
_BEARER = f"SELECT bearer::text FROM ({BY_DIGEST}) k"  # noqa: S608 the statement above


class TokenRefused(Exception):
    """The secret opens nothing; `code`, `message` and `remedy` say why and what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}")


class UnknownScope(ValueError):
    """A token was asked for with a scope that does not exist, or with none."""


def issue(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
    environments: Sequence[str] = (),
    per_minute: int | None = None,
    replaces: ApiToken | None = None,
    origin: dict[str, str] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; answers it and its secret, which is kept nowhere.

    `services`, `teams` and `environments` are slugs that limit it. It lives for ever where no
    `expires_at` is named: edges name one, see `catalog.token_life`. Raises `UnknownScope`.
    """
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:_SHOWN_CHARACTERS],
        digest=bytes.fromhex(digest_of(secret)),
        scopes=known_scopes(scopes),
        services=list(services),
        teams=list(teams),
        environments=list(environments),
        per_minute=per_minute,
        replaces=replaces,
        origin=origin or {},
        created_at=now,
        expires_at=expires_at,
    )
    return token, secret


def known_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes, each once, in the order of the list of scopes; raises `UnknownScope`."""
    asked = set(scopes)
    unknown = sorted(asked - set(Scope.values))
    listed = ", ".join(Scope.values)
    if unknown:
        raise UnknownScope(f"There is no scope “{unknown[0]}”. Choose from: {listed}.")
    if not asked:
        raise UnknownScope(f"A token needs at least one scope. Choose from: {listed}.")
    return [scope for scope in Scope.values if scope in asked]


def identify(*, secret: str, now: datetime) -> ApiToken:
    """The token of this secret, its user joined, in one query; notes its use once a minute.

    The digest is found through its unique index, so no timing tells how much of a guess was right.
    Raises `TokenRefused`: token_unknown, token_revoked, token_expired, user_inactive.
    """
    token = _found(secret) if secret.startswith(PREFIX) else None
    if token is None:
        raise unknown()
    demand_current(token, now=now)
    return token


def unknown() -> TokenRefused:
    """What is said of a secret that opens nothing."""
    return TokenRefused(
        UNKNOWN,
        "This API token is unknown.",
        "Check that the whole secret was copied, or ask for a new token.",
    )


def demand_current(token: ApiToken, *, now: datetime) -> None:
    """Refuse a token that has lapsed; note the use of another, once a minute."""
    _refuse_lapsed(token, now=now)
    if token.last_used_at is None or now - token.last_used_at >= _USE_IS_NOTED_EVERY:
        _note_use(token, now=now)


def of_bearer(values: list[Any]) -> ApiToken:
    """The token with its user, from the `bearer` of `BY_DIGEST`."""
    read = [
        datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in zip(_TOKEN, values, strict=False)
    ]
    token = ApiToken.from_db("default", _TOKEN, read)
    *user, groups = values[len(_TOKEN) :]
    token.user = roles.with_roles(User.from_db("default", _USER, user), groups)
    return token


def digest_of(secret: str) -> str:
    """The SHA-256 by which the token of a secret is found, in hex."""
    return sha256(secret.encode()).hexdigest()


def revoke(*, token: ApiToken, now: datetime) -> None:
    """End a token for good; one that is revoked already keeps its date."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)
    token.refresh_from_db(fields=["revoked_at"])


def unused(rows: QuerySet[ApiToken], *, now: datetime) -> QuerySet[ApiToken]:
    """Of these tokens the ones that open something and were not used for long."""
    since = now - token_life.UNUSED_FOR
    last = Q(last_used_at__lte=since) | Q(last_used_at__isnull=True, created_at__lte=since)
    ends = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return rows.filter(last, ends, revoked_at__isnull=True)


def _found(secret: str) -> ApiToken | None:
    """The token with its user; see Note [Planned once] in `catalog.statements`."""
    found = statements.text(_BEARER, {"token": digest_of(secret)})
    return of_bearer(orjson.loads(found)) if found else None


def _refuse_lapsed(token: ApiToken, *, now: datetime) -> None:
    if token.revoked_at is not None:
        raise TokenRefused(
            "token_revoked",
            f"The API token “{token.name}” was revoked at {token.revoked_at:%Y-%m-%d %H:%M} UTC.",
            "Ask for a new token.",
        )
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenRefused(
            "token_expired",
            f"The API token “{token.name}” expired at {token.expires_at:%Y-%m-%d %H:%M} UTC.",
            "Ask for a new token.",
        )
    if not token.user.is_active:
        raise TokenRefused(
            "user_inactive",
            f"The user of the API token “{token.name}” is no longer active.",
            "Ask for a token of another user.",
        )


def _note_use(token: ApiToken, *, now: datetime) -> None:
    """Write down the use, unless another request did so within the minute."""
    not_noted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - _USE_IS_NOTED_EVERY)
    ApiToken.objects.filter(not_noted, pk=token.pk).update(last_used_at=now)
    token.last_used_at = now

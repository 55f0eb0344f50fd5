"""What a pipeline's token proves: its issuer, its signature, for whom it was made, and when.

# Note [What is never taken from the token]
The issuer is one of our rows, found by the exact address; the key is one of its keys; the algorithm
is the key's own, of a list of two. What else a header names (`jku`, `x5c`, `jwk`, `alg`: `none` or
HS256) decides nothing. Source: RFC 8725, *JSON Web Token Best Current Practices*, ch. 3.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from catalog.models import Issuer
from ledger.oidc import keys
from ledger.oidc.refused import ANOTHER, SubjectRefused

LEEWAY: Final = timedelta(seconds=60)
LONGEST_CHARACTERS: Final = 16_000
DEMANDED: Final = ("iss", "aud", "sub", "exp", "iat")
ALGORITHMS: Final = frozenset({"RS256", "ES256"})
FARTHEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verified:
    """A sound token: whose it is, what it says, and when it ends."""

    issuer: Issuer
    claims: Mapping[str, Any]
    ends_at: datetime


def verify(text: str, *, now: datetime) -> Verified:
    """What a token proves; raises `SubjectRefused`. Two statements."""
    header, unproven = _read(text)
    issuer = _issuer(unproven.get("iss"))
    if header.get("alg") not in ALGORITHMS:
        told = str(header.get("alg"))[:20]
        raise SubjectRefused("algorithm_refused", f"The algorithm “{told}” is not taken.")
    if "crit" in header:
        raise SubjectRefused("token_malformed", "Its header demands what is not known here.")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise SubjectRefused("key_unknown", "The token does not name the key it is signed with.")
    key = keys.find(issuer=issuer, kid=kid, now=now)
    if header["alg"] != key["alg"]:
        raise SubjectRefused("algorithm_refused", "The key signs by another algorithm.")
    claims = _proven(text, key, issuer)
    return Verified(issuer, claims, _ends_at(claims, now=now))


def _read(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims, of which nothing is proven yet."""
    try:
        if len(text) > LONGEST_CHARACTERS:
            raise jwt.DecodeError
        unproven = jwt.decode(text, options={"verify_signature": False})
        return jwt.get_unverified_header(text), unproven
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise SubjectRefused("token_malformed", "This is no signed token (JWT).") from None


def _issuer(url: Any) -> Issuer:
    found = Issuer.objects.filter(url=url, is_active=True).first() if _is_text(url) else None
    if found is None:
        told = f"Tokens of “{url[:120]}” are not taken." if _is_text(url) else "It names no issuer."
        raise SubjectRefused(
            "issuer_unknown",
            told,
            "Ask an administrator to trust this issuer, by exactly this address.",
        )
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _proven(text: str, key: keys.Key, issuer: Issuer) -> dict[str, Any]:
    """The claims, once the signature, the issuer and the audience are right."""
    try:
        return jwt.decode(
            text,
            jwt.PyJWK(key, algorithm=key["alg"]),
            algorithms=[key["alg"]],
            issuer=issuer.url,
            audience=issuer.audience,
            options={
                "require": list(DEMANDED),
                "verify_exp": False,  # the clock is ours, see `_ends_at`
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as missing:
        message = f"The token says nothing of {missing.claim}."
        raise SubjectRefused("claim_missing", message) from None
    except jwt.InvalidAudienceError:
        raise SubjectRefused(
            "audience_wrong",
            "The token was made for somebody else.",
            f"Ask the issuer for one whose audience is “{issuer.audience}”.",
        ) from None
    except (jwt.PyJWTError, ValueError, TypeError):
        message = f"The token was not signed by {issuer.name}."
        raise SubjectRefused("signature_wrong", message) from None


def _ends_at(claims: Mapping[str, Any], *, now: datetime) -> datetime:
    """When the token ends; raises for one that has ended, or counts only later."""
    ends_at = _instant(claims, "exp")
    for name in ("iat", "nbf"):
        if name in claims and _instant(claims, name) > now + LEEWAY:
            raise SubjectRefused(
                "token_not_yet_valid",
                f"The token counts only later: its {name} lies ahead.",
                "Set the clocks of the issuer and of this server right.",
            )
    if ends_at + LEEWAY <= now:
        message = f"The token ended at {ends_at:%Y-%m-%d %H:%M:%S} UTC."
        raise SubjectRefused("subject_expired", message, ANOTHER)
    return ends_at


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    sound = isinstance(value, int | float) and not isinstance(value, bool)
    if not sound or not math.isfinite(value) or not 0 <= value < FARTHEST.timestamp():
        raise SubjectRefused("token_malformed", f"Its {name} is no time.")
    return datetime.fromtimestamp(value, tz=UTC)

"""Reading a permit that somebody shows: is it ours, and does it count now?

# Note [Clocks that differ]
A permit counts from the second it was given until the instant it expires, by the clock of whoever
redeems it. Web processes on several machines may be a little apart, so one that reads a permit
`LEEWAY` before it counts believes it all the same; the end is never stretched.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from changes.permits.signing import ALGORITHM, ISSUER, LONGEST, PURPOSE, TYPE, Permit
from ledger import keys

LEEWAY = timedelta(seconds=30)
LONGEST_TEXT = 4000
CLAIMS = ("exp", "iat", "jti", "sub", "service", "environment", "revision", "artifact")
_KID = re.compile(r"[0-9a-f]{1,64}", re.ASCII)
NOT_OURS = (
    jwt.InvalidTokenError,
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
)
_OPTIONS: Options = {
    "require": list(CLAIMS),
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


class PermitRefused(Exception):
    """This text is no permit that counts now; `code` and `remedy` say why."""

    def __init__(self, *, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}")


def read(text: str, *, now: datetime) -> Permit:
    """What the permit says, once its signature and times have been checked against `now`.

    Raises `PermitRefused` with `permit_invalid`, `permit_not_yet_valid` or `permit_expired`.
    """
    permit = whose(text)
    if now + LEEWAY < permit.issued_at:
        raise PermitRefused(
            code="permit_not_yet_valid",
            message=f"The permit counts from {_second(permit.issued_at)} on.",
            remedy="Set the clocks of the machines right, then report it again.",
        )
    if now >= permit.expires_at:
        raise PermitRefused(
            code="permit_expired",
            message=f"The permit expired at {_second(permit.expires_at)}.",
            remedy="Ask the gate again.",
        )
    return permit


def whose(text: str) -> Permit:
    """What the permit says, whenever it counts; raises `PermitRefused` with `permit_invalid`."""
    try:
        return _verified(text)
    except NOT_OURS as problem:
        raise PermitRefused(
            code="permit_invalid",
            message="This is no permit of this Tidegate.",
            remedy="Send the permit exactly as the gate gave it.",
        ) from problem


def _verified(text: str) -> Permit:
    """What is under our signature. The algorithm is ours too, never the one the text names.

    Whoever finds a retired key cannot use it: it signs no permit that was given later, and none
    that lasts longer than permits do.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError("No permit is that long.")
    head = jwt.get_unverified_header(text)
    kid = head.get("kid", "")
    if head.get("typ") != TYPE or not _KID.fullmatch(kid):
        raise LookupError(f"No key is called {kid!r}.")
    key = keys.verifier(kid=kid, purpose=PURPOSE)
    permit = _permit(
        jwt.decode(text, key.public, algorithms=[ALGORITHM], issuer=ISSUER, options=_OPTIONS)
    )
    if key.retired_at is not None and permit.issued_at > key.retired_at + LEEWAY:
        raise LookupError(f"The key {kid} was retired before.")
    if permit.expires_at - permit.issued_at > LONGEST:
        raise ValueError("No permit lasts that long.")
    return permit


def _permit(claims: dict[str, Any]) -> Permit:
    return Permit(
        id=claims["jti"],
        change=claims["sub"],
        service=claims["service"],
        environment=claims["environment"],
        revision=claims["revision"],
        artifact=claims["artifact"],
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        overrides=tuple(claims.get("overrides", ())),
    )


def _second(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"

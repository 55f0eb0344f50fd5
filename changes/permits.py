"""Permits: what a pipeline shows to prove that the gate let it through. Ed25519-signed JWTs.

# Note [Claims of a permit]
`jti` is the gate's decision id; `sub` the change's ref; `service`, `environment`, `revision`,
`artifact` what it is good for; `nbf`, `exp` when. It expires no later than the planned period, the
maintenance window it was given in, the next freeze, and the override that opened one. `overrides`
is there only where one did: a sentence for each, with who agreed, until when and why.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
from jwt.utils import base64url_encode

from ledger import keys
from ledger.keys import SealedKey, SigningKeyPair

ALGORITHM = "EdDSA"
ISSUER = "tidegate"
PURPOSE = "permit"
LONGEST = timedelta(hours=1)
_KID = re.compile(r"[0-9a-f]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Permit:
    """What a permit says. Instants are aware, to the second."""

    id: str
    change: str
    service: str
    environment: str
    revision: str
    artifact: str
    issued_at: datetime
    expires_at: datetime
    overrides: tuple[str, ...] = ()


class PermitRefused(Exception):
    """This text is no permit that counts now; `code` and `remedy` say why."""

    def __init__(self, *, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}")


def key_pair(key: SealedKey | None, *, now: datetime) -> SigningKeyPair:
    """What permits are signed with: `key` opened, or the key in use where the caller has none."""
    return keys.opened(key) if key else keys.signing_key(purpose=PURPOSE, now=now)


def sign(permit: Permit, *, now: datetime, pair: SigningKeyPair | None = None) -> str:
    """The permit as a compact JWT, signed with `pair` where the caller brings it."""
    pair = pair or key_pair(None, now=now)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "jti": permit.id,
        "sub": permit.change,
        "service": permit.service,
        "environment": permit.environment,
        "revision": permit.revision,
        "artifact": permit.artifact,
        "iat": int(permit.issued_at.timestamp()),
        "nbf": int(permit.issued_at.timestamp()),
        "exp": int(permit.expires_at.timestamp()),
    }
    if permit.overrides:
        claims["overrides"] = list(permit.overrides)
    head = {"alg": ALGORITHM, "kid": pair.kid, "typ": "JWT"}
    signed = b".".join(base64url_encode(orjson.dumps(part)) for part in (head, claims))
    return b".".join((signed, base64url_encode(pair.sign(signed)))).decode()


def read(text: str, *, now: datetime) -> Permit:
    """What the permit says, once its signature and times have been checked against `now`.

    Raises `PermitRefused` with `permit_invalid` or `permit_expired`.
    """
    try:
        kid = jwt.get_unverified_header(text).get("kid", "")
        if not _KID.fullmatch(kid):
            raise LookupError(f"No key is called {kid!r}.")
        key = keys.public_key(kid=kid, purpose=PURPOSE)
        claims = jwt.decode(
            text,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={
                "require": ["exp", "iat", "jti", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.InvalidTokenError, LookupError, UnicodeError) as problem:
        raise PermitRefused(
            code="permit_invalid",
            message="This is no permit of this Tidegate.",
            remedy="Send the permit exactly as the gate gave it.",
        ) from problem
    permit = Permit(
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
    if now >= permit.expires_at:
        raise PermitRefused(
            code="permit_expired",
            message=f"The permit expired at {permit.expires_at:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Ask the gate again.",
        )
    return permit

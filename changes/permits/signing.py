"""What a permit says, and its signature: see Note [Claims of a permit] in `permits`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from jwt.utils import base64url_encode

from ledger import keys
from ledger.keys import SealedKey, SigningKeyPair

ALGORITHM = "EdDSA"
ISSUER = "tidegate"
PURPOSE = "permit"
TYPE = "JWT"
LONGEST = timedelta(hours=1)


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
    return signed(claims, typ=TYPE, pair=pair)


def signed(claims: Mapping[str, Any], *, typ: str, pair: SigningKeyPair) -> str:
    """Claims as a compact JWT of a type."""
    head = {"alg": ALGORITHM, "kid": pair.kid, "typ": typ}
    text = b".".join(base64url_encode(orjson.dumps(part)) for part in (head, claims))
    return b".".join((text, base64url_encode(pair.sign(text)))).decode()

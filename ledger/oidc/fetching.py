"""Reading an issuer's public keys, from where its discovery document says (OpenID Discovery 1.0).

Only what can verify is kept of a key, and only keys that sign by an algorithm we take: RSA of 2048
bits or more for RS256, P-256 for ES256.
"""

import json
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ledger.download import download
from ledger.safe_transport import NotReached

DISCOVERY: Final = "/.well-known/openid-configuration"
LONGEST_BYTES: Final = 512_000
MOST_KEYS: Final = 100
LONGEST_KID: Final = 200
RSA_BITS: Final = range(2048, 8193)
KEPT: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
ALGORITHMS: Final = {"RSA": "RS256", "EC": "ES256"}
Key = dict[str, str]


def read(*, issuer: str, now: datetime) -> list[Key]:
    """The issuer's keys that verify; raises `NotReached` with a sentence."""
    document = _object(issuer.rstrip("/") + DISCOVERY, now=now)
    if document.get("issuer") != issuer:
        told = str(document.get("issuer"))[:200]
        raise NotReached(f"It says that it is the issuer “{told}”, and not “{issuer}”.")
    address = document.get("jwks_uri")
    if not isinstance(address, str):
        raise NotReached("Its discovery document names no jwks_uri.")
    listed = _object(address, now=now).get("keys")
    if not isinstance(listed, list):
        raise NotReached("Its key set holds no list of keys.")
    found = [key for one in listed[:MOST_KEYS] if (key := usable(one))]
    kids = [key["kid"] for key in found]
    alone = [key for key in found if kids.count(key["kid"]) == 1]
    if not alone:
        raise NotReached("Its key set holds no key that signs by RS256 or ES256.")
    return alone


def usable(one: Any) -> Key | None:
    """What verifies by a key of a set (RFC 7517); None for a key that is not for signatures."""
    if not isinstance(one, dict) or one.get("use", "sig") != "sig":
        return None
    kid, kind = one.get("kid"), one.get("kty")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or algorithm is None:
        return None
    parts = [one.get(name) for name in KEPT[str(kind)]]
    if one.get("alg", algorithm) != algorithm or not all(type(part) is str for part in parts):
        return None
    named = zip(KEPT[str(kind)], map(str, parts), strict=True)
    key = {"kty": str(kind), "kid": kid, "alg": algorithm, **dict(named)}
    return key if _is_sound(key) else None


def _is_sound(key: Any) -> bool:
    """Whether it is a key at all, of a size and on a curve that is taken."""
    if key["kty"] == "EC" and key["crv"] != "P-256":
        return False
    try:
        public = jwt.PyJWK(key).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return False
    return not isinstance(public, RSAPublicKey) or public.key_size in RSA_BITS


def _object(url: str, *, now: datetime) -> dict[str, Any]:
    """The JSON object at an address, which redirects nowhere; raises `NotReached`."""
    content = download(url=url, at_most=LONGEST_BYTES, now=now, redirects=0).content or b""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise NotReached(f"What is at {url} is no JSON.") from None
    if not isinstance(found, dict):
        raise NotReached(f"What is at {url} is no JSON object.")
    return found

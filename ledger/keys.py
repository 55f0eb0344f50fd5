"""Signing keys: made on first use, one in use per purpose, the public halves for all to verify."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from ledger import sealing
from ledger.models import SigningKey

ALGORITHM = "EdDSA"
SealedKey = Sequence[str]


@dataclass(frozen=True, slots=True)
class SigningKeyPair:
    """An Ed25519 key that signs, and the `kid` by which verifiers find its public half."""

    kid: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.private.sign(message)


# The key in use as a column of another statement, for those who cannot spend one more on it.
IN_USE = """
(SELECT json_build_array(kid, encode(sealed_private, 'base64')) FROM ledger_signingkey
    WHERE purpose = %(key_purpose)s AND retired_at IS NULL)
"""


def opened(value: SealedKey) -> SigningKeyPair:
    """The key that `IN_USE` gave; raises `sealing.Unreadable` like `signing_key`."""
    kid, sealed = value
    return SigningKeyPair(kid=kid, private=_opened(base64.b64decode(sealed)))


def signing_key(*, purpose: str, now: datetime) -> SigningKeyPair:
    """The key in use for a purpose; makes one where there is none. One query.

    Raises `sealing.Unreadable` when it was sealed with another SECRET_KEY.
    """
    row = _in_use(purpose) or _made(purpose, now=now)
    return SigningKeyPair(kid=row.kid, private=_opened(bytes(row.sealed_private)))


def rotate(*, purpose: str, now: datetime) -> SigningKeyPair:
    """Retire the key in use and make another; what the old one signed is still verified."""
    with transaction.atomic():
        SigningKey.objects.filter(purpose=purpose, retired_at__isnull=True).update(retired_at=now)
        return signing_key(purpose=purpose, now=now)


def jwks(*, purpose: str) -> dict[str, Any]:
    """Every public key of a purpose, retired ones too, as a JSON Web Key Set (RFC 7517, RFC 8037).

    What signs seals must not verify a permit, nor the other way round.
    """
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": ALGORITHM,
                "use": "sig",
                "kid": key.kid,
                "x": _base64url(bytes(key.public)),
            }
            for key in SigningKey.objects.filter(purpose=purpose).order_by("-created_at", "-id")
        ]
    }


def public_key(*, kid: str, purpose: str) -> Ed25519PublicKey:
    """The public half of a key, retired or not; raises `LookupError` where there is none."""
    row = SigningKey.objects.filter(kid=kid, purpose=purpose).first()
    if row is None:
        raise LookupError(f"There is no {purpose} key {kid}.")
    return Ed25519PublicKey.from_public_bytes(bytes(row.public))


@dataclass(frozen=True, slots=True)
class Own:
    """The public keys of a purpose that are ours; why others are not, and what cannot be told."""

    public: Mapping[str, Ed25519PublicKey]
    faults: Sequence[str]
    notes: Sequence[str]


def own(*, purpose: str) -> Own:
    """Every public key of a purpose, retired ones too, unless somebody put it in behind us.

    Who can write to the database but does not have SECRET_KEY cannot seal a private half. Whether a
    retired key is ours cannot be told once SECRET_KEY was replaced; it is noted, and believed.
    """
    public, faults, notes = {}, [], []
    for row in SigningKey.objects.filter(purpose=purpose).order_by("created_at", "id"):
        try:
            private = _opened(bytes(row.sealed_private))
        except sealing.Unreadable:
            told = f"The key {row.kid} for a {purpose} was not made with this SECRET_KEY"
            if row.retired_at is None:
                faults.append(f"{told}: restore the key, or rotate it.")
                continue
            notes.append(f"{told}: only its published half can show that it is ours.")
        else:
            if private.public_key().public_bytes_raw() != bytes(row.public):
                faults.append(f"The key {row.kid} for a {purpose} was replaced in the database.")
                continue
        public[row.kid] = Ed25519PublicKey.from_public_bytes(bytes(row.public))
    return Own(public, faults, notes)


def _in_use(purpose: str) -> SigningKey | None:
    return SigningKey.objects.filter(purpose=purpose, retired_at__isnull=True).first()


def _made(purpose: str, *, now: datetime) -> SigningKey:
    """A new key, or the one another process made first."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = SigningKey(
        purpose=purpose,
        kid=sha256(public).hexdigest()[:16],
        public=public,
        sealed_private=sealing.seal(private.private_bytes_raw()),
        created_at=now,
    )
    SigningKey.objects.bulk_create([key], ignore_conflicts=True)
    row = _in_use(purpose)
    if row is None:
        raise RuntimeError(
            f"The signing key for {purpose} was retired while it was made. Try again."
        )
    return row


@lru_cache(maxsize=16)
def _opened(sealed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sealing.unseal(sealed))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

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
from django.db.models import Q, QuerySet

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
    WHERE purpose = %(key_purpose)s AND retired_at IS NULL AND NOT waits)
"""


def opened(value: SealedKey) -> SigningKeyPair:
    """The key that `IN_USE` gave; raises `sealing.Unreadable` like `signing_key`."""
    kid, sealed = value
    return SigningKeyPair(kid=kid, private=_opened(base64.b64decode(sealed)))


def signing_key(*, purpose: str, now: datetime) -> SigningKeyPair:
    """The key in use for a purpose; makes one where there is none. One query.

    Raises `sealing.Unreadable` when it was sealed with another SECRET_KEY.
    """
    row = in_use(purpose=purpose).first() or _made(purpose, now=now)
    return SigningKeyPair(kid=row.kid, private=_opened(bytes(row.sealed_private)))


def rotate(*, purpose: str, now: datetime) -> SigningKeyPair:
    """Retire the key in use and make another; what the old one signed is still verified."""
    with transaction.atomic():
        in_use(purpose=purpose).update(retired_at=now)
        return signing_key(purpose=purpose, now=now)


def jwks(*, purpose: str, retired_after: datetime | None = None) -> dict[str, Any]:
    """Every public key of a purpose, retired ones too, as a JSON Web Key Set (RFC 7517, RFC 8037).

    Those to come stand there as well; `retired_after` leaves out what was retired before. What
    signs seals must not verify a permit, nor the other way round.
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
            for key in _published(purpose, retired_after)
        ]
    }


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, and since when it signs no more."""

    public: Ed25519PublicKey
    retired_at: datetime | None


def verifier(*, kid: str, purpose: str) -> Verifier:
    """The public half of a key, retired or not; raises `LookupError` where there is none."""
    row = SigningKey.objects.filter(kid=kid, purpose=purpose).first()
    if row is None:
        raise LookupError(f"There is no {purpose} key {kid}.")
    return Verifier(Ed25519PublicKey.from_public_bytes(bytes(row.public)), row.retired_at)


def public_key(*, kid: str, purpose: str) -> Ed25519PublicKey:
    """`verifier`, for whoever does not mind when it was retired."""
    return verifier(kid=kid, purpose=purpose).public


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


def in_use(*, purpose: str) -> QuerySet[SigningKey]:
    """The one key that signs now, or none."""
    return SigningKey.objects.filter(purpose=purpose, retired_at__isnull=True, waits=False)


def new_key(*, purpose: str, now: datetime, waits: bool = False) -> None:
    """Make a key, unless another process was first."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = SigningKey(
        purpose=purpose,
        kid=sha256(public).hexdigest()[:16],
        public=public,
        sealed_private=sealing.seal(private.private_bytes_raw()),
        created_at=now,
        waits=waits,
    )
    SigningKey.objects.bulk_create([key], ignore_conflicts=True)


def _published(purpose: str, retired_after: datetime | None) -> QuerySet[SigningKey]:
    rows = SigningKey.objects.filter(purpose=purpose).order_by("-created_at", "-id")
    if retired_after is None:
        return rows
    return rows.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=retired_after))


def _made(purpose: str, *, now: datetime) -> SigningKey:
    """A new key, or the one another process made first."""
    new_key(purpose=purpose, now=now)
    row = in_use(purpose=purpose).first()
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

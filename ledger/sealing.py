"""Sealing: secrets that must be read back are encrypted at rest with a key made from SECRET_KEY."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """A sealed secret cannot be opened with the SECRET_KEY of today."""


def seal(secret: bytes) -> bytes:
    """Encrypt a secret for the database."""
    return _box().encrypt(secret)


def unseal(sealed: bytes) -> bytes:
    """The secret that was sealed; raises `Unreadable` when SECRET_KEY was replaced."""
    try:
        return _box().decrypt(sealed)
    except InvalidToken:
        raise Unreadable(
            "A secret in the database was sealed with another SECRET_KEY. "
            "Put the former key into SECRET_KEY_FALLBACKS, or make the secret anew."
        ) from None


def _box() -> MultiFernet:
    return _box_for((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _box_for(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    derivation = HKDF(hashes.SHA256(), length=32, salt=None, info=b"tidegate ledger sealing")
    return derivation.derive(key.encode())

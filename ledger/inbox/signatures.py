"""Signatures by which tools show that a message is theirs: HMAC-SHA256, each in its own writing."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ledger.inbox.vendors import Headers, Signed

WINDOW = timedelta(minutes=5)
LONGEST_TIMESTAMP = 40


def hex_signature(*, header: str, prefix: str = "") -> Signed:
    """`header` is the HMAC of the body in lowercase hex, after `prefix`."""

    def signed(secret: bytes, headers: Headers, body: bytes, now: datetime) -> bool:
        wanted = prefix + hmac.digest(secret, body, "sha256").hex()
        return _same(wanted, headers.get(header, ""))

    return signed


def base64_signature(*, header: str) -> Signed:
    """`header` is the HMAC of the body in base64."""

    def signed(secret: bytes, headers: Headers, body: bytes, now: datetime) -> bool:
        return _same(_base64(hmac.digest(secret, body, "sha256")), headers.get(header, ""))

    return signed


def timed_signature(
    *, header: str, timestamp: str, between: bytes, as_hex: bool, demanded: bool = True
) -> Signed:
    """`header` is the HMAC of what the header `timestamp` says, `between` and the body.

    One made more than five minutes ago, or ahead, is none. Where the timestamp is not `demanded`
    and not there, the body alone is signed.
    """
    written: Callable[[bytes], str] = bytes.hex if as_hex else _base64

    def signed(secret: bytes, headers: Headers, body: bytes, now: datetime) -> bool:
        told = headers.get(timestamp, "")
        if not told:
            plain = written(hmac.digest(secret, body, "sha256"))
            return not demanded and _same(plain, headers.get(header, ""))
        made_at = _instant(told)
        if made_at is None or abs(now - made_at) > WINDOW:
            return False
        digest = hmac.digest(secret, told.encode() + between + body, "sha256")
        return _same(written(digest), headers.get(header, ""))

    return signed


def _instant(told: str) -> datetime | None:
    """Seconds since 1970, or ISO 8601."""
    if len(told) > LONGEST_TIMESTAMP or not told.isascii():
        return None
    try:
        if told.isdecimal():
            return datetime.fromtimestamp(int(told), UTC)
        found = datetime.fromisoformat(told)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _same(wanted: str, shown: str) -> bool:
    return hmac.compare_digest(wanted.encode(), shown.encode("utf-8", "surrogatepass"))

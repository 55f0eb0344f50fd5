"""Receiving a message: who sends it, whether it is too much, and keeping it. Two statements.

# Note [A flood]
A source may send so many messages a minute. They are counted where they are kept, so all processes
count alike; of a source that may send many, over a shorter time, so that few rows are looked at.
What is refused is kept nowhere.
"""

import base64
import hmac
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

from catalog import statements
from ledger import sealing, wake
from ledger.inbox import refusing
from ledger.inbox.refusing import NotTaken
from ledger.inbox.vendors import LARGE_BODY, Headers, Proof, Vendor, known

log = logging.getLogger(__name__)

COUNTED_AT_MOST = 1_200
LONGEST_NAME = 255
WORK = "ledger.read_messages"
_NUDGED_EVERY_SECONDS = 1.0
_SOURCE = """
SELECT json_build_array(s.id, s.slug, s.vendor, s.is_active, s.per_minute,
    (SELECT json_agg(json_build_array(encode(k.digest, 'hex'), encode(k.sealed_secret, 'base64')))
        FROM ledger_sourcekey k WHERE k.source_id = s.id AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > %(now)s)),
    (SELECT json_build_array(count(*), min(m.received_at)) FROM (
        SELECT received_at FROM ledger_message WHERE source_id = s.id AND received_at > %(now)s
            - interval '1 minute' * least(s.per_minute, %(most)s::int) / s.per_minute
        ORDER BY received_at DESC LIMIT least(s.per_minute, %(most)s::int)) m))::text
FROM ledger_source s WHERE
"""
_BY_SLUG = f"{_SOURCE} s.slug = %(slug)s"
_BY_KEY = f"""{_SOURCE} s.vendor = %(vendor)s AND s.id =
    (SELECT source_id FROM ledger_sourcekey WHERE digest = decode(%(digest)s, 'hex'))"""  # noqa: S608
_KEEP = """
INSERT INTO ledger_message (source_id, topic, delivery_id, in_order, headers, body, received_at,
    next_attempt_at, state, attempts, error)
VALUES (%(source)s, %(topic)s, %(delivery_id)s, %(in_order)s, %(headers)s::jsonb, %(body)s,
    %(now)s, %(now)s, 'pending', 0, '')
ON CONFLICT (source_id, delivery_id) WHERE delivery_id <> '' DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came: to a source by its slug, or to whichever the key is of (slug "").

    `key` is what the sender showed, or ""; `unread_bytes` the length of a body that was too long to
    be read.
    """

    headers: Headers
    body: bytes
    slug: str = ""
    key: str = ""
    vendor: str = ""
    unread_bytes: int = 0

    @property
    def length(self) -> int:
        """How many bytes it has, read or not."""
        return self.unread_bytes or len(self.body)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: its number, or None where nobody reads its topic or it came before.

    `source` is the slug.
    """

    source: str
    vendor: Vendor
    topic: str
    message: int | None
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A source as the statement tells it."""

    id: int
    slug: str
    vendor: Vendor
    is_active: bool
    per_minute: int
    keys: Sequence[tuple[str, str]]
    count: int
    since: datetime | None


def receive(arrived: Arrived, *, now: datetime) -> Taken:
    """Keep a message, once; it is read soon after.

    Raises `NotTaken`: 401 unproved, 403 disabled, 413 too large, 422 unreadable, and the vendor's
    status for a flood. Whoever cannot prove that they are the source learns nothing of it.
    """
    source = _found(arrived, now=now)
    if source is None or not _proved(source, arrived, now=now):
        raise refusing.too_large(LARGE_BODY) if arrived.unread_bytes else refusing.unproved()
    _refuse_disabled(source)
    if arrived.length > source.vendor.longest_body:
        most = source.vendor.longest_body
        refusing.tell(source=source.slug, length=arrived.length, at_most=most, now=now)
        raise refusing.too_large(most)
    named = source.vendor.named(arrived.headers, arrived.body)
    if named.topic not in source.vendor.readers:
        return Taken(source.slug, source.vendor, named.topic, None, is_read=False)
    _refuse_flood(source, now=now)
    kept = statements.fetched(
        _KEEP,
        {
            "source": source.id,
            "topic": named.topic,
            "delivery_id": _fitting(named.delivery_id),
            "in_order": _fitting(named.in_order),
            "headers": _kept_headers(source.vendor, arrived.headers),
            "body": _without_key(arrived),
            "now": now,
        },
    )
    _nudge()
    return Taken(source.slug, source.vendor, named.topic, kept[0][0] if kept else None)


def identify(arrived: Arrived, *, now: datetime) -> str:
    """The slug of the source that asks; nothing is kept. Raises `NotTaken` (401, 403)."""
    source = _found(arrived, now=now)
    if source is None or not _proved(source, arrived, now=now):
        raise refusing.unproved()
    _refuse_disabled(source)
    return source.slug


def _found(arrived: Arrived, *, now: datetime) -> _Found | None:
    given = {"now": now, "most": COUNTED_AT_MOST}
    if arrived.slug:
        row = statements.text(_BY_SLUG, {**given, "slug": arrived.slug})
    else:
        digest = digest_of(arrived.key)
        row = statements.text(_BY_KEY, {**given, "digest": digest, "vendor": arrived.vendor})
    if row is None:
        return None
    number, slug, word, is_active, per_minute, keys, (count, since) = orjson.loads(row)
    vendor = known().get(word)
    if vendor is None or (arrived.vendor and arrived.vendor != word):
        return None
    began = datetime.fromisoformat(since) if since else None
    return _Found(number, slug, vendor, is_active, per_minute, keys or (), count, began)


def digest_of(key: str) -> str:
    """The SHA-256 by which a key is known, in hex."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _proved(source: _Found, arrived: Arrived, *, now: datetime) -> bool:
    """Whether one of the keys that are good now was shown, or signed the body."""
    vendor = source.vendor
    signs = vendor.proof is Proof.SIGNATURE
    if vendor.proof is Proof.EITHER:
        signs = vendor.signature in arrived.headers
    if not signs:
        shown = digest_of(arrived.key)
        return any(hmac.compare_digest(shown, digest) for digest, _ in source.keys)
    signed = vendor.signed
    return signed is not None and any(
        signed(_secret(sealed, source), arrived.headers, arrived.body, now)
        for _, sealed in source.keys
    )


def _secret(sealed: str, source: _Found) -> bytes:
    try:
        return sealing.unseal(base64.b64decode(sealed))
    except sealing.Unreadable as problem:
        log.error("The source %s cannot be proved: %s", source.slug, problem)
        raise NotTaken(
            status=503,
            code="unavailable",
            message="The signature cannot be checked now.",
            remedy="Ask who keeps the sources to look into the log.",
            wait=60,
        ) from None


def _refuse_disabled(source: _Found) -> None:
    if not source.is_active:
        raise NotTaken(
            status=403,
            code="source_disabled",
            message=f"The source {source.slug} is disabled.",
            remedy="Ask who keeps the sources to enable it.",
        )


def _refuse_flood(source: _Found, *, now: datetime) -> None:
    """See Note [A flood]."""
    most = min(source.per_minute, COUNTED_AT_MOST)
    if source.count < most or source.since is None:
        return
    free_at = source.since + timedelta(minutes=1) * most / source.per_minute
    raise NotTaken(
        status=source.vendor.busy_status,
        code="too_many_messages",
        message=f"The source {source.slug} may send {source.per_minute:,} messages a minute.",
        remedy="Send them later, or several at once where the tool can.",
        wait=max(1, math.ceil((free_at - now).total_seconds())),
    )


def _kept_headers(vendor: Vendor, headers: Headers) -> str:
    """Those that matter as a JSON text; what proves the sender is never among them."""
    names = ("Content-Type", "User-Agent", *vendor.keeps)
    kept = {name: _fitting(headers[name]) for name in names if name in headers}
    return orjson.dumps(kept).decode()


def _fitting(text: str) -> str:
    """A name as PostgreSQL keeps it; of a longer one the digest, so that two never seem alike."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST_NAME else digest_of(clean)


def _without_key(arrived: Arrived) -> bytes:
    """The body, in which some vendors send the key: of that only its place remains."""
    if not arrived.key:
        return arrived.body
    key = arrived.key.encode("utf-8", "surrogatepass")
    return arrived.body.replace(key, b"*" * len(key))


class _Nudges:
    """Asks a worker to read, once a second at most; the timetable's tick finds the rest."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + _NUDGED_EVERY_SECONDS
            wake.broker.publish(WORK)


_nudge = _Nudges()

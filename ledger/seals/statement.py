"""What a seal states, and what is signed of it.

# Note [Statement of a seal]
The statement is the UTF-8 text of these lines without a final line feed; instants are RFC 3339 in
UTC, digests 64 lower-case hex digits:

    tidegate seal 1
    number 7
    sealed_at 2026-11-20T16:00:00Z
    events 201 400 200          id of the first, id of the last, how many there are
    root …                      see Note [Leaf of an event]
    heads …                     SHA-256 over the canonical JSON of the heads
    previous …                  the digest of the seal before; zeros for the first
    key …                       the id of the key that signs

The seal's `digest` is SHA-256 over the statement, its `signature` Ed25519 over the same bytes.

# Note [Heads of a seal]
The root says that an event is gone or another; the heads say which. For every subject with events
in the seal they hold the highest position among those, and the first 16 digits of its digest. They
are only ever used to name what broke a root.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from ledger.canonical import sha256_hex
from ledger.decision import rfc3339
from ledger.models import Seal

START = "0" * 64
HEAD_DIGITS = 16
Heads = dict[str, list[Any]]


class Leaf(NamedTuple):
    """What a seal takes of an event."""

    id: int
    subject: str
    position: int
    digest: str


def statement(seal: Seal) -> bytes:
    """The bytes that are signed; see Note [Statement of a seal]."""
    lines = (
        "tidegate seal 1",
        f"number {seal.number}",
        f"sealed_at {rfc3339(seal.sealed_at)}",
        f"events {seal.first_id} {seal.last_id} {seal.count}",
        f"root {seal.root}",
        f"heads {sha256_hex(seal.heads)}",
        f"previous {seal.previous_digest}",
        f"key {seal.kid}",
    )
    return "\n".join(lines).encode()


def digest(seal: Seal) -> str:
    """What the next seal is chained to."""
    return sha256(statement(seal)).hexdigest()


def heads(events: Iterable[Leaf]) -> Heads:
    """The newest event of each subject; see Note [Heads of a seal]."""
    found: Heads = {}
    for event in events:
        known = found.get(event.subject)
        if known is None or known[0] < event.position:
            found[event.subject] = [event.position, event.digest[:HEAD_DIGITS]]
    return found

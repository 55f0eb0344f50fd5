"""Where the events of a pack stand in signed seals, with all that proves it. Pure."""

from collections.abc import Iterable
from typing import Any

from changes.queries.packs import Pack
from ledger.decision import rfc3339
from ledger.models import Event, Seal
from ledger.seals.proofs import Inclusion
from ledger.seals.statement import statement


def seals(pack: Pack) -> list[dict[str, Any]]:
    """Each seal that covers events of the pack, and the way from each of those to its root."""
    covering = {found.seal.number: found.seal for found in pack.sealed.values()}
    return [_seal(covering[number], pack) for number in sorted(covering)]


def wrong(pack: Pack) -> Iterable[str]:
    """Sealed events from which no way leads to the root of their seal."""
    for event in pack.events:
        found = pack.sealed.get(event.pk)
        if found is not None and not found.holds:
            yield f"{event.subject} event {event.position} does not lead to {found.seal.ref}"


def _seal(seal: Seal, pack: Pack) -> dict[str, Any]:
    inside = [
        (event, found)
        for event in pack.events
        if (found := pack.sealed.get(event.pk)) and found.seal.number == seal.number
    ]
    return {
        "ref": seal.ref,
        "sealed_at": rfc3339(seal.sealed_at),
        "root": seal.root,
        "digest": seal.digest,
        "previous_digest": seal.previous_digest,
        "key": seal.kid,
        "statement": statement(seal).decode(),
        "signature": bytes(seal.signature).hex(),
        "events": [_way(event, found) for event, found in inside],
    }


def _way(event: Event, found: Inclusion) -> dict[str, Any]:
    return {
        "id": event.pk,
        "subject": event.subject,
        "position": event.position,
        "index": found.index,
        "leaf": found.leaf.hex(),
        "path": [{"side": step.side, "digest": step.digest.hex()} for step in found.path],
        "holds": found.holds,
    }

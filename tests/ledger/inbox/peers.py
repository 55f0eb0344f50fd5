"""Two vendors whose readers write down what they were given, as events."""

import json
from datetime import datetime

from ledger import timeline
from ledger.inbox import Unreadable
from ledger.inbox.signatures import hex_signature
from ledger.inbox.vendors import Headers, Named, Proof, Vendor
from ledger.models import Message


def named(headers: Headers, body: bytes) -> Named:
    return Named(
        topic=headers.get("X-Topic", "note"),
        delivery_id=headers.get("X-Number", ""),
        in_order=headers.get("X-Order", ""),
    )


def note(message: Message, now: datetime) -> None:
    """Records the message's words; "nonsense" cannot be read, "later" only once it says so."""
    words = json.loads(bytes(message.body))
    timeline.record(subject="peer", verb="note.read", actor="peer", at=now, data={"words": words})
    if words == "nonsense":
        raise Unreadable("It is nonsense.")
    if words == "later":
        raise LookupError("Not yet.")


VENDORS = (
    Vendor(word="keyed", label="Keyed", named=named, readers={"note": note}, keeps=("X-Number",)),
    Vendor(
        word="signed",
        label="Signed",
        named=named,
        readers={"note": note},
        proof=Proof.SIGNATURE,
        signed=hex_signature(header="X-Signature", prefix="sha256="),
        busy_status=503,
    ),
    Vendor(
        word="either",
        label="Either",
        named=named,
        readers={"note": note},
        proof=Proof.EITHER,
        signature="X-Signature",
        signed=hex_signature(header="X-Signature"),
    ),
)

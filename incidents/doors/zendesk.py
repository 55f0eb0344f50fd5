"""Zendesk's tickets, by a trigger's webhook with the template in `docs/monitoring.md`.

Source: Zendesk's documentation of webhooks, of verifying them, and of placeholders.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from incidents.doors.taking import in_order_by, reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.signatures import timed_signature
from ledger.inbox.vendors import Proof, Vendor

TOPIC = "ticket"
SCHEMA = "incidents.zendesk/1"
SIGNATURE = "X-Zendesk-Webhook-Signature"
TIMESTAMP = "X-Zendesk-Webhook-Signature-Timestamp"
ENDED: Final = frozenset({"solved", "closed"})
SEVERITIES: Final[Mapping[str, int]] = {"urgent": 2, "high": 3, "normal": 4, "low": 4}
"""One customer's ticket is never a SEV-1 by itself: routes make one of several."""


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal: how a ticket stands; raises `Unreadable`."""
    ticket = {
        name: text
        for name, value in told.object_of(body).items()
        if (text := told.line(value, at_most=told.LONGEST_LABEL)) and not text.startswith("{{")
    }
    if ticket.get("schema") != SCHEMA:
        raise Unreadable(f"This is no {SCHEMA}: paste the body of docs/monitoring.md.")
    number, status = ticket.get("ticket_id", ""), ticket.get("status", "").lower()
    if not number or not status:
        raise Unreadable("The message has no ticket_id or no status.")
    tags = _tags(ticket.get("tags", ""))
    updated_at = told.moment(ticket.get("updated_at"))
    at = updated_at or received_at
    word = ticket.get("priority", "").lower()
    return [
        Signal(
            key=number,
            said=Said.RESOLVED if status in ENDED else Said.FIRING,
            title=ticket.get("title", f"Ticket {number}")[: told.LONGEST_TITLE],
            started_at=told.moment(ticket.get("created_at")) or at,
            ended_at=at if status in ENDED else None,
            told_at=updated_at,
            severity=SEVERITIES.get(word),
            severity_word=word,
            body=f"Told by {ticket['requester']}." if "requester" in ticket else "",
            service=tags.get("service", ""),
            environment=tags.get("environment", "") or tags.get("env", ""),
            labels={**tags, "ticket": number, "status": status},
            links=told.links(ticket=_address(ticket.get("url", ""))),
        )
    ]


def _address(url: str) -> str:
    """Zendesk writes the link of a ticket without its scheme."""
    return url if "://" in url or not url else f"https://{url}"


def _tags(text: str) -> dict[str, str]:
    """`service:checkout vip` as labels; some accounts allow no colon, so `service/checkout` too."""
    said = {}
    for tag in text.replace(",", " ").split()[: told.MOST_LABELS]:
        name, mark, value = tag.partition(":")
        if not mark:
            name, mark, value = tag.partition("/")
        said[name] = value if mark and value else "true"
    return said


def _ticket_of(body: bytes, headers: Mapping[str, str]) -> str:
    return told.line(told.object_of(body).get("ticket_id"))


VENDOR = Vendor(
    word="zendesk",
    label="Zendesk",
    proof=Proof.SIGNATURE,
    signature=SIGNATURE,
    signed=timed_signature(header=SIGNATURE, timestamp=TIMESTAMP, between=b"", as_hex=False),
    named=in_order_by(TOPIC, _ticket_of, once_by=(TIMESTAMP, SIGNATURE)),
    readers={TOPIC: reads(parse)},
    busy_status=503,
)

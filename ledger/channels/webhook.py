"""Webhooks: one signed POST per event, in the scheme of standardwebhooks.com."""

from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from ledger.canonical import canonical_json
from ledger.channels import calling
from ledger.channels.wording import Telling
from ledger.models import Delivery, Event


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """POST one event to the subscription's address; raises `NotSent`."""
    body = canonical_json(message(delivery.event, missed=telling.missed))
    with calling.caller(now=now) as caller:
        caller.post(delivery.target, body, **_headers(delivery, body, now=now))


def message(event: Event, *, missed: tuple[Event, ...] = ()) -> dict[str, Any]:
    """The body of a webhook: `{type, timestamp, data}`.

    `missed` names the events before it that could not be told, where there are any.
    """
    told = {
        "type": event.verb,
        "timestamp": event.at,
        "data": {
            "subject": event.subject,
            "about": event.about,
            "verb": event.verb,
            "actor": event.actor,
            "at": event.at,
            "data": event.data,
            "digest": event.digest,
        },
    }
    if missed:
        told["missed"] = [{"position": one.position, "verb": one.verb} for one in missed]
    return told


def _headers(delivery: Delivery, body: bytes, *, now: datetime) -> dict[str, str]:
    """The three headers of the scheme; the id is the same for every attempt."""
    secret = calling.unsealed(delivery.sealed_secret)
    message_id = f"msg_{delivery.pk}"
    sent_at = now.astimezone(UTC)
    return {
        "webhook_id": message_id,
        "webhook_timestamp": str(int(sent_at.timestamp())),
        "webhook_signature": Webhook(secret).sign(message_id, sent_at, body.decode()),
    }

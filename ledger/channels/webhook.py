"""Webhooks: one signed POST per event, in the scheme of standardwebhooks.com."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx2
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from ledger import sealing
from ledger.canonical import canonical_json
from ledger.channels.failures import NotSent
from ledger.models import Delivery, Event
from ledger.retry_after import asked_wait
from ledger.safe_transport import NotReached, SafeTransport

TIMEOUT_SECONDS = 10
LONGEST_SECONDS = 20
FIRST_BYTES = 200
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})


def send(*, delivery: Delivery, now: datetime) -> None:
    """POST one event to the subscription's address; raises `NotSent`."""
    body = canonical_json(message(delivery.event))
    try:
        status, headers, said = _post(delivery, body, now=now)
    except sealing.Unreadable as error:
        raise NotSent(str(error)) from error
    except NotReached as error:
        raise NotSent(str(error), permanent=error.permanent) from error
    except httpx2.InvalidURL as error:
        raise NotSent(f"The address cannot be read: {error}.", permanent=True) from error
    except httpx2.HTTPError as error:
        raise NotSent(
            f"The receiver could not be reached: {error or type(error).__name__}"
        ) from error
    if not 200 <= status < 300:
        raise NotSent(
            f"The receiver answered {_named(status)}: {said}".rstrip(": "),
            permanent=300 <= status < 500 and status not in _WORTH_ANOTHER_TRY,
            retry_after=asked_wait(headers.get("retry-after", ""), now=now),
        )


def message(event: Event) -> dict[str, Any]:
    """The body of a webhook: `{type, timestamp, data}`."""
    return {
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


def _post(delivery: Delivery, body: bytes, *, now: datetime) -> tuple[int, httpx2.Headers, str]:
    """Status, headers and the first words of the answer; no redirect is followed."""
    with (
        httpx2.Client(
            transport=SafeTransport(
                allowed=settings.WEBHOOK_ALLOWED_NETWORKS, seconds=LONGEST_SECONDS
            ),
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        ) as client,
        client.stream(
            "POST",
            delivery.target,
            content=body,
            headers=_headers(delivery, body, now=now),
        ) as response,
    ):
        return response.status_code, response.headers, _first_words(response)


def _headers(delivery: Delivery, body: bytes, *, now: datetime) -> dict[str, str]:
    """The three headers of the scheme; the id is the same for every attempt."""
    secret = sealing.unseal(delivery.sealed_secret).decode()
    message_id = f"msg_{delivery.pk}"
    sent_at = now.astimezone(UTC)
    return {
        "content-type": "application/json",
        "user-agent": "tidegate",
        "accept-encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, sent_at, body.decode()),
    }


def _first_words(response: httpx2.Response) -> str:
    """What a refusal begins with; only one read, so that no receiver can hold us or fill memory."""
    if response.is_success:
        return ""
    read = next(response.iter_raw(), b"")
    return " ".join(read[:FIRST_BYTES].decode("utf-8", "replace").replace("\x00", "").split())


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

"""PagerDuty's change events, at PagerDuty's own address: `/compat/pagerduty/v2/change/enqueue`.

The key is in the body, so the source is known by it. What PagerDuty would refuse is refused in its
words. Source: PagerDuty's documentation of the Events API v2 and its JSON schema.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from catalog import json_body
from changes import sightings
from incidents.doors import pagerduty_events
from incidents.doors.pagerduty_events import (
    INVALID,
    KEY_CHARACTERS,
    LONGEST_SUMMARY,
    UNRECOGNISED,
    key_mistakes,
    not_taken,
    refused,
)
from ledger import inbox
from ledger.inbox.json_parts import instant, json_object, part, text
from ledger.inbox.vendors import Headers, Named, Reader, Vendor
from ledger.models import Message

TOPIC = "change"


@csrf_exempt
@require_POST
def enqueue(request: HttpRequest) -> JsonResponse:
    """Take a change event: 202 once it is kept, 400 in PagerDuty's form."""
    try:
        event = json_body.parsed(request.body)
    except APIException as wrong:
        return refused(*UNRECOGNISED, [str(wrong.detail)])
    if not isinstance(event, dict):
        return refused(*UNRECOGNISED, ["The event is not an object"])
    if mistakes := _mistakes(event):
        return refused(*INVALID, mistakes)
    try:
        inbox.receive(
            inbox.Arrived(
                vendor=VENDOR.word,
                key=event["routing_key"],
                headers=request.headers,
                body=request.body,
            ),
            now=timezone.now(),
        )
    except inbox.NotTaken as not_kept:
        return not_taken(not_kept)
    return JsonResponse({"status": "success", "message": "Change event processed"}, status=202)


def _mistakes(event: Mapping[str, Any]) -> list[str]:
    """What PagerDuty demands of a change event, and is not there."""
    payload = event.get("payload")
    mistakes = key_mistakes(event)
    if not isinstance(payload, Mapping):
        return [*mistakes, "'payload' must be an object"]
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        mistakes.append("'payload.summary' is missing or blank")
    elif len(summary) > LONGEST_SUMMARY:
        mistakes.append(f"'payload.summary' is over {LONGEST_SUMMARY} characters")
    if not isinstance(payload.get("custom_details", {}), Mapping):
        mistakes.append("'payload.custom_details' must be an object")
    return mistakes


def named(headers: Headers, body: bytes) -> Named:
    """A change event, unless it came as one of alerts, which has a dedup key beside it."""
    if pagerduty_events.DEDUP_KEY in headers:
        return pagerduty_events.named(headers, body)
    return _named_change(body)


def _named_change(body: bytes) -> Named:
    """PagerDuty numbers no change event: one with the same source, words and time is the same."""
    try:
        payload = part(json_body.parsed(body), "payload")
    except APIException:
        return Named(TOPIC)
    at = text(payload, "timestamp")
    words = (text(payload, "source"), text(payload, "summary", at_most=LONGEST_SUMMARY), at)
    number = sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()
    return Named(TOPIC, delivery_id=number if at else "")


def read_change(message: Message, now: datetime) -> None:
    """See the deployment that a change event tells of; its details name service and revision."""
    payload = part(json_object(message), "payload")
    details = part(payload, "custom_details")
    links = json_object(message).get("links")
    first = links[0] if isinstance(links, list) and links and isinstance(links[0], dict) else {}
    sightings.see(
        sightings.Sighting(
            vendor=VENDOR.word,
            project=text(details, "service", "project", "repository") or text(payload, "source"),
            stage=text(details, "environment", "stage"),
            revision=text(details, "commit", "revision", "sha", "version", at_most=120),
            at=instant(payload, "timestamp", else_at=message.received_at),
            status=text(payload, "summary"),
            by=text(details, "by", "user", "deployed_by"),
            url=text(first, "href", at_most=500),
            source=message.source.slug,
        ),
        now=now,
    )


READERS: Mapping[str, Reader] = {TOPIC: read_change, **pagerduty_events.READERS}
VENDOR = Vendor(
    word=pagerduty_events.WORD,
    label="PagerDuty (Events API v2)",
    named=named,
    readers=READERS,
    key=lambda: secrets.token_hex(KEY_CHARACTERS // 2),
    keeps=(pagerduty_events.DEDUP_KEY,),
)

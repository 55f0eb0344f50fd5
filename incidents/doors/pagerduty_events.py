"""PagerDuty's Events API v2, at PagerDuty's own address: `/compat/pagerduty/v2/enqueue`.

The key is in the body, so the source is known by it; the same key takes change events, which are
read elsewhere. What PagerDuty would refuse is refused in its words.

Source: PagerDuty's documentation of the Events API v2 and its JSON schema; captures of its client.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from catalog import json_body
from incidents.doors.taking import reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger import inbox
from ledger.inbox import Unreadable
from ledger.inbox.json_parts import part
from ledger.inbox.vendors import Headers, Named, Reader

WORD = "pagerduty"
EVENT = "event"
DEDUP_KEY = "X-Tidegate-Dedup-Key"
KEY_CHARACTERS = 32
LONGEST_SUMMARY = 1024
LONGEST_DEDUP_KEY = 255
UNRECOGNISED = ("Unrecognized object", "Event object format is unrecognized")
INVALID = ("invalid event", "Event object is invalid")
ACTIONS = {
    "trigger": Said.FIRING,
    "acknowledge": Said.ACKNOWLEDGED,
    "resolve": Said.RESOLVED,
}
SEVERITIES = ("critical", "error", "warning", "info")


@csrf_exempt
@require_POST
def enqueue(request: HttpRequest) -> JsonResponse:
    """Take an event: 202 with its dedup_key once it is kept, 400 in PagerDuty's form."""
    try:
        event = json_body.parsed(request.body)
    except APIException as wrong:
        return refused(*UNRECOGNISED, [str(wrong.detail)])
    if not isinstance(event, dict):
        return refused(*UNRECOGNISED, ["The event is not an object"])
    if mistakes := [*key_mistakes(event), *_mistakes(event)]:
        return refused(*INVALID, mistakes)
    key = event.get("dedup_key") or secrets.token_hex(KEY_CHARACTERS // 2)
    try:
        inbox.receive(
            inbox.Arrived(
                vendor=WORD,
                key=event["routing_key"],
                headers=_with(request.headers, key),
                body=request.body,
            ),
            now=timezone.now(),
        )
    except inbox.NotTaken as not_kept:
        return not_taken(not_kept)
    said = {"status": "success", "message": "Event processed", "dedup_key": key}
    return JsonResponse(said, status=202)


def _with(headers: Headers, key: str) -> Headers:
    """The headers, with the key that an event without one was given."""
    return {"Content-Type": headers.get("Content-Type", ""), DEDUP_KEY: key}


def key_mistakes(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with an event's routing key."""
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != KEY_CHARACTERS:
        return [f"'routing_key' must be a string of {KEY_CHARACTERS} characters"]
    return []


def _mistakes(event: Mapping[str, Any]) -> list[str]:
    """What PagerDuty demands of an event, and is not there."""
    action, key = event.get("event_action"), event.get("dedup_key")
    mistakes = []
    if action not in ACTIONS:
        mistakes.append("'event_action' must be one of trigger, acknowledge, resolve")
    if key is not None and not isinstance(key, str):
        mistakes.append("'dedup_key' must be a string")
    elif key and len(key) > LONGEST_DEDUP_KEY:
        mistakes.append(f"'dedup_key' is over {LONGEST_DEDUP_KEY} characters")
    elif not key and action in ("acknowledge", "resolve"):
        mistakes.append("'dedup_key' is missing or blank")
    return [*mistakes, *(_payload_mistakes(event) if action == "trigger" else ())]


def _payload_mistakes(event: Mapping[str, Any]) -> list[str]:
    payload = event.get("payload")
    if not isinstance(payload, Mapping):
        return ["'payload' must be an object"]
    mistakes = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    summary = payload.get("summary")
    if isinstance(summary, str) and len(summary) > LONGEST_SUMMARY:
        mistakes.append(f"'payload.summary' is over {LONGEST_SUMMARY} characters")
    if payload.get("severity") not in SEVERITIES:
        mistakes.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    if not isinstance(payload.get("custom_details") or {}, Mapping | str):
        mistakes.append("'payload.custom_details' must be an object")
    return mistakes


def refused(status: str, message: str, errors: list[str], code: int = 400) -> JsonResponse:
    """A refusal in PagerDuty's form."""
    return JsonResponse({"status": status, "message": message, "errors": errors}, status=code)


def not_taken(not_kept: inbox.NotTaken) -> JsonResponse:
    """PagerDuty knows no 401 here: an unknown key makes the event invalid."""
    if not_kept.status_code == 401:
        return refused(*INVALID, ["'routing_key' is not known"])
    answer = refused("throttled", str(not_kept.detail), [not_kept.code], not_kept.status_code)
    if not_kept.wait is not None:
        answer.headers["Retry-After"] = str(not_kept.wait)
    return answer


def named(headers: Headers, body: bytes) -> Named:
    """What is said under one key stays in its order."""
    return Named(EVENT, in_order=headers.get(DEDUP_KEY, ""))


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal; raises `Unreadable`."""
    event = told.object_of(body)
    payload, details = part(event, "payload"), part(part(event, "payload"), "custom_details")
    key = told.name(event.get("dedup_key")) or headers.get(DEDUP_KEY, "")
    said = ACTIONS.get(str(event.get("event_action")))
    if said is None or not key:
        raise Unreadable("The event has no event_action that is known, or no dedup_key.")
    labels = {
        **told.labels(details),
        **told.labels({name: payload.get(name) for name in ("source", "component", "class")}),
        **({"group": told.line(payload.get("group"))} if payload.get("group") else {}),
    }
    word = told.line(payload.get("severity"))
    return [
        Signal(
            key=key,
            said=said,
            title=told.line(payload.get("summary"), at_most=told.LONGEST_TITLE),
            started_at=told.moment(payload.get("timestamp")) or received_at,
            ended_at=received_at if said is Said.RESOLVED else None,
            severity=told.severity(word),
            severity_word=word,
            body=told.prose(payload.get("custom_details")),
            service=told.first(labels, "service", "component"),
            environment=told.first(labels, "environment", "env"),
            group=told.line(payload.get("group")),
            labels=labels,
            links=_links(event),
        )
    ]


def _links(event: Mapping[str, Any]) -> Any:
    given = event.get("links")
    some = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    named_links = {
        told.line(one.get("text")) or f"link {number}": one.get("href")
        for number, one in enumerate(some[:20], start=1)
    }
    return told.links(**{"client": event.get("client_url"), **named_links})


READERS: Mapping[str, Reader] = {EVENT: reads(parse)}

"""Any JSON, and CloudEvents 1.0, read by the rows of *Signal mappings*.

Source: the CloudEvents specification 1.0.2, its JSON format and its HTTP protocol binding.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from incidents import alerts
from incidents.doors.taking import in_order_by
from incidents.intake import fields, mappings, told
from incidents.models import SignalMapping
from incidents.signals import Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import LARGE_BODY, Headers, Named, Vendor
from ledger.models import Message

TOPIC = "message"
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
MANDATORY = ("specversion", "id", "source", "type")
ATTRIBUTES: Final = (*MANDATORY, "time", "subject", "dataschema")
IN_HEADERS: Final = tuple(f"Ce-{name.capitalize()}" for name in ATTRIBUTES)


def events_of(body: bytes, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The CloudEvents of a message, in whichever of the three modes; raises `Unreadable`."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        events = told.json_of(body)
        if not isinstance(events, list):
            raise Unreadable("A batch of CloudEvents is a list.")
    elif kind == STRUCTURED:
        events = [told.object_of(body)]
    elif "Ce-Id" in headers:
        shown = zip(ATTRIBUTES, IN_HEADERS, strict=True)
        event: dict[str, Any] = {
            name: unquote(headers[header]) for name, header in shown if header in headers
        }
        is_json = kind == "application/json" or kind.endswith("+json")
        event["data"] = told.json_of(body) if is_json else body.decode("utf-8", "replace")
        events = [event]
    else:
        raise Unreadable(f"This is no CloudEvent: neither {STRUCTURED} nor a header ce-id.")
    return [_checked(one) for one in events]


def _checked(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise Unreadable("A CloudEvent is an object.")
    for name in MANDATORY:
        if not isinstance(event.get(name), str) or not event[name]:
            raise Unreadable(f"The event has no {name}.")
    if not event["specversion"].startswith("1."):
        raise Unreadable("The event is of a version of CloudEvents that is not 1.")
    if isinstance(event.get("data_base64"), str):
        try:
            held = base64.b64decode(event["data_base64"], validate=True)
        except ValueError:
            raise Unreadable("The event’s data_base64 is not in base64.") from None
        return {**event, "data": told.json_of(held)}
    return event


def read_json(message: Message, now: datetime) -> None:
    """Take the signals of a message as its source's mapping says."""
    mapping = mappings.of(source=message.source)
    if mapping is None:
        raise Unreadable(
            f"Nothing says how the messages of {message.source} are read: add a signal mapping, "
            "then have this one read once more."
        )
    _take(_signals(mapping, told.json_of(bytes(message.body)), message), message, now)


def read_events(message: Message, now: datetime) -> None:
    """Take the signals of each event as the mapping of its type says."""
    signals = []
    for event in events_of(bytes(message.body), message.headers):
        mapping = mappings.of(source=message.source, event_type=event["type"])
        if mapping is None:
            raise Unreadable(
                f"Nothing says how events of the type {event['type'][:200]} are read: add a signal "
                "mapping for it, then have this message read once more."
            )
        signals += _signals(mapping, event, message, else_at=event.get("time"))
    _take(signals, message, now)


def _signals(
    mapping: SignalMapping, value: Any, message: Message, else_at: Any = None
) -> list[Signal]:
    found = fields.read(mapping, value, received_at=message.received_at, else_at=else_at)
    return found.signals


def _take(signals: list[Signal], message: Message, now: datetime) -> None:
    alerts.take(signals, source=message.source.slug, now=now, heard_at=message.received_at)


def named_event(headers: Headers, body: bytes) -> Named:
    """An event is known by its source and its id, as the specification says."""
    try:
        events = events_of(body, headers)
    except Unreadable:
        events = []
    once = len(events) == 1
    return Named(TOPIC, told.digest(events[0]["source"], events[0]["id"]) if once else "")


JSON = Vendor(
    word=mappings.JSON,
    label="Any JSON, by a mapping",
    named=in_order_by(TOPIC),
    readers={TOPIC: read_json},
    busy_status=503,
    longest_body=LARGE_BODY,
)
CLOUDEVENTS = Vendor(
    word=mappings.CLOUDEVENTS,
    label="CloudEvents, by a mapping",
    named=named_event,
    readers={TOPIC: read_events},
    keeps=IN_HEADERS,
    busy_status=503,
    longest_body=LARGE_BODY,
)

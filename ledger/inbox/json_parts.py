"""Reading what other tools send: objects, texts and instants, whatever they may hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework.exceptions import APIException

from catalog import json_body
from ledger.inbox.reading import Unreadable
from ledger.models import Message

NOTHING = "<no value>"  # what a template of Go writes where there is none


def json_object(message: Message) -> dict[str, Any]:
    """The object in a message's body; raises `Unreadable`."""
    try:
        value = json_body.parsed(bytes(message.body))
    except APIException as wrong:
        raise Unreadable(str(wrong.detail)) from None
    if not isinstance(value, dict):
        raise Unreadable("The body is not a JSON object.")
    return value


def part(value: object, name: str) -> Mapping[str, Any]:
    """An object within an object; an empty one where there is none."""
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def text(value: Mapping[str, Any], *names: str, at_most: int = 200) -> str:
    """The first of these fields that says something, on one line and not too long; or ""."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool):
            said = " ".join(str(found).replace("\x00", "").split())
            if said and said != NOTHING:
                return said[:at_most]
    return ""


def instant(value: Mapping[str, Any], *names: str, else_at: datetime) -> datetime:
    """The first of these fields that is a time with its offset; no later than `else_at`."""
    for name in names:
        try:
            found = datetime.fromisoformat(str(value.get(name, "")).upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if found.year >= 2000:
            return min(found, else_at)
    return else_at

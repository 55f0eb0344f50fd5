"""Datadog's monitors, by a webhook with the template in `docs/monitoring.md`.

Datadog fills the template's variables with texts; one that it does not know stays as `$NAME`.
Source: Datadog's documentation of the webhooks integration.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from incidents.doors.taking import in_order_by, reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import Vendor

TOPIC = "monitor"
SCHEMA = "incidents.datadog/1"
UNFILLED = re.compile(r"\$[A-Z][A-Z0-9_]*")
ENDED: Final = frozenset({"recovered"})
SEVERITY_OF_TYPE: Final[Mapping[str, int]] = {"error": 2, "warning": 3, "info": 4, "success": 4}


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal: what a monitor says of one of its groups; raises `Unreadable`.

    What is not “Recovered” fires: a transition that we do not know must not go unheard.
    """
    fields = _filled(body)
    key = fields.get("cycle_key") or _of_monitor(fields)
    if not key:
        raise Unreadable("The message has no cycle_key, nor a monitor_id.")
    transition, tags = fields.get("transition", ""), _tags(fields.get("tags", ""))
    ended = transition.lower() in ENDED
    at = told.moment(fields.get("date") or fields.get("last_updated", "")) or received_at
    return [
        Signal(
            key=told.name(key),
            occurrence=told.name(fields.get("cycle_key")),
            said=Said.RESOLVED if ended else Said.FIRING,
            title=told.line(
                told.first(fields, "alert_title", "title") or f"Monitor {key}",
                at_most=told.LONGEST_TITLE,
            ),
            started_at=at,
            ended_at=at if ended else None,
            severity=_severity(fields, transition),
            severity_word=told.first(fields, "priority", "type"),
            body=told.prose(fields.get("body")),
            service=tags.get("service", ""),
            environment=tags.get("env", "") or tags.get("environment", ""),
            group=told.name(told.first(fields, "aggreg_key", "monitor_id")),
            labels={
                **tags,
                **{name: fields[name] for name in _LABELS if name in fields},
                **({"transition": transition} if transition else {}),
            },
            links=told.links(monitor=fields.get("url"), snapshot=fields.get("snapshot")),
        )
    ]


_LABELS = ("monitor_id", "scope", "host", "metric", "org_name")


def _filled(body: bytes) -> dict[str, str]:
    """The fields that Datadog filled in."""
    given = told.object_of(body)
    if given.get("schema") != SCHEMA:
        raise Unreadable(f"This is no {SCHEMA}: paste the payload of docs/monitoring.md.")
    fields = {}
    for name, value in given.items():
        text = told.prose(str(value)) if isinstance(value, str | int) else ""
        if text and text != "null" and not UNFILLED.fullmatch(text):
            fields[name] = text if name == "body" else told.line(text, at_most=told.LONGEST_LABEL)
    return fields


def _of_monitor(fields: Mapping[str, str]) -> str:
    number, scope = fields.get("monitor_id", ""), fields.get("scope", "")
    return f"{number} {scope}".strip() if number else ""


def _severity(fields: Mapping[str, str], transition: str) -> int | None:
    """Its priority, or else what the event's type stands for; a warning is never more than 3."""
    if (given := told.severity(fields.get("priority", ""))) is not None:
        return given
    if "warn" in transition.lower():
        return 3
    return SEVERITY_OF_TYPE.get(fields.get("type", "").lower())


def _tags(text: str) -> dict[str, str]:
    """`service:checkout,env:prod` as labels; what has no colon says that it is there."""
    pairs = (part.strip().partition(":") for part in text.split(",")[: told.MOST_LABELS])
    return {name: value or "true" for name, _, value in pairs if name}


def _cycle_of(body: bytes, headers: Mapping[str, str]) -> str:
    fields = _filled(body)
    return fields.get("cycle_key") or _of_monitor(fields)


VENDOR = Vendor(
    word="datadog",
    label="Datadog",
    named=in_order_by(TOPIC, _cycle_of),
    readers={TOPIC: reads(parse)},
    busy_status=503,
)

"""Opsgenie's alerts, as the API v2 tells of them. See `opsgenie_api` for the addresses.

What is done to an alert is in the path, and under which number we answered is ours: both are kept
beside the body in headers of our own.

Source: Opsgenie's documentation of the alert API, and captures of its client and of Alertmanager.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from incidents import alerts
from incidents.doors.taking import reads
from incidents.intake import told
from incidents.models import Alert, AlertNote
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import Headers, Named, Reader, Vendor
from ledger.models import Message

ASKED = "X-Tidegate-Asked"
REQUEST = "X-Tidegate-Request"
USUAL_PRIORITY = "P3"
CREATE, CLOSE, ACKNOWLEDGE = "create", "close", "acknowledge"
NOTE, SNOOZE = "notes", "snooze"
SAID = {CREATE: Said.FIRING, CLOSE: Said.RESOLVED, ACKNOWLEDGE: Said.ACKNOWLEDGED}
REMARKS = {
    NOTE: AlertNote.Act.NOTED,
    SNOOZE: AlertNote.Act.SNOOZED,
    CREATE: AlertNote.Act.NOTED,
    CLOSE: AlertNote.Act.CLOSED,
    ACKNOWLEDGE: AlertNote.Act.ACKNOWLEDGED,
}
# Kept and answered, and nothing here changes by them.
HEARD = ("unacknowledge", "tags", "details", "assign", "escalate")
LONGEST_ALIAS = 512


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of which alert: `kind` says whether it is named by id or by alias."""

    verb: str
    name: str = ""
    kind: str = "id"


def asked(headers: Mapping[str, str]) -> Asked:
    """What a message asks, by the path it came at."""
    address = urlsplit(headers.get(ASKED, ""))
    method, _, path = address.path.partition(" ")
    _, _, rest = path.partition("/v2/alerts")
    parts = [unquote(one) for one in rest.split("/") if one]
    kind = parse_qs(address.query).get("identifierType", ["id"])[0]
    if not parts:
        return Asked(CREATE)
    if len(parts) == 1:
        return Asked(CLOSE if method == "DELETE" else "", parts[0], kind)
    return Asked(parts[1], parts[0], kind)


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal, or none for what changes nothing here; raises `Unreadable`."""
    ask = asked(headers)
    fields = told.object_of(body) if body.strip() else {}
    said = SAID.get(ask.verb)
    if said is None:
        return []
    if said is Said.FIRING:
        return [_created(fields, headers, received_at)]
    key = ask.name if ask.kind == "alias" else _alias_of(ask.name)
    return [
        Signal(
            key=told.name(key),
            said=said,
            title="",
            started_at=received_at,
            ended_at=received_at if said is Said.RESOLVED else None,
        )
    ]


def _created(fields: Mapping[str, Any], headers: Mapping[str, str], at: datetime) -> Signal:
    message = told.line(fields.get("message"), at_most=told.LONGEST_TITLE)
    alias = told.line(fields.get("alias"), at_most=LONGEST_ALIAS) or headers.get(REQUEST, "")
    if not message or not alias:
        raise Unreadable("The alert has no message.")
    labels = told.labels(fields.get("details"))
    tags = fields.get("tags")
    for tag in tags[: told.MOST_LABELS] if isinstance(tags, list) else ():
        name, _, value = told.line(tag).partition(":")
        labels.setdefault(name, value or "true")
    labels |= told.labels({name: fields.get(name) for name in ("entity", "source")})
    word = told.line(fields.get("priority")) or USUAL_PRIORITY
    labels.pop("", None)
    return Signal(
        key=told.name(alias),
        said=Said.FIRING,
        title=message,
        started_at=at,
        severity=told.severity(word),
        severity_word=word,
        body=told.prose(fields.get("description")),
        service=told.first(labels, "service", "entity"),
        environment=told.first(labels, "environment", "env"),
        labels=labels,
    )


def _alias_of(number: str) -> str:
    """The key of the alert that we gave this number; reading it again may find what came since."""
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return number
    found = Alert.objects.filter(pk=int(number)).values_list("key", flat=True).first()
    return found or number


def named(headers: Headers, body: bytes) -> Named:
    """Everything a source asks stays in order: what is closed by id was created before."""
    return Named("alert", delivery_id=headers.get(REQUEST, ""), in_order="alerts")


def read(message: Message, now: datetime) -> None:
    """Take what is told of the alert, and keep what somebody said with it."""
    _take(message, now)
    ask, body = asked(message.headers), bytes(message.body)
    fields = told.object_of(body) if body.strip() else {}
    said = told.prose(fields.get("note"))
    until = told.moment(fields.get("endTime")) if ask.verb == SNOOZE else None
    if ask.verb == SNOOZE and until is None:
        raise Unreadable("The snooze does not say when it ends: give endTime.")
    if ask.verb not in REMARKS or not (said or until):
        return
    alert = _named(ask, fields, message)
    if alert is None:
        return
    alerts.remark(
        alert,
        REMARKS[ask.verb],
        word=message.headers.get(REQUEST, "")[:64],
        text=said,
        by=told.line(fields.get("user")),
        at=message.received_at,
    )
    if until is not None:
        alerts.snooze(alert, until=until, now=message.received_at)


def _named(ask: Asked, fields: Mapping[str, Any], message: Message) -> Alert | None:
    """The alert of this source that is meant, if it is there."""
    alias = told.line(fields.get("alias"), at_most=LONGEST_ALIAS) or message.headers.get(REQUEST)
    by_alias = alias if ask.verb == CREATE else ask.name if ask.kind == "alias" else ""
    key = told.name(by_alias or _alias_of(ask.name))
    return Alert.objects.filter(source=message.source.slug, key=key).first()


_take = reads(parse)
READERS: Mapping[str, Reader] = {"alert": read}
VENDOR = Vendor(
    word="opsgenie",
    label="Opsgenie (Alert API v2)",
    named=named,
    readers=READERS,
    keeps=(ASKED, REQUEST),
)

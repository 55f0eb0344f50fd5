"""Prometheus' Alertmanager: its webhook, and what Prometheus itself posts to an Alertmanager.

# Note [Told again or over]
Prometheus tells an alert again and again, each time with an `endsAt` some minutes ahead, and may
never say that it ended. One that is not told again before that has ended.

# Note [Left out]
A webhook with `max_alerts` leaves alerts out and says how many. That gap is an alert of its own, in
the same group, so that whoever looks at the incident sees that not everything is there.

Source: Alertmanager's documentation and code (0.25), and captures of both programs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incidents.doors.taking import reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import LARGE_BODY, Headers, Named, Reader, Vendor

WEBHOOK, POSTED = "webhook", "posted"
RESOLVE_TIMEOUT = timedelta(minutes=5)
NO_LABELS = "at least one label pair required"
WRONG_ORDER = "start time must be before end time"
_FNV_BEGIN, _FNV_PRIME, _SEPARATOR = 0xCBF29CE484222325, 0x100000001B3, b"\xff"


def parse_webhook(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """A signal for each alert of the group, and one for those left out; raises `Unreadable`."""
    group = told.object_of(body)
    alerts = group.get("alerts")
    if not isinstance(alerts, list) or not all(isinstance(one, dict) for one in alerts):
        raise Unreadable("The message has no list “alerts”: it is none of Alertmanager’s.")
    name = told.name(group.get("groupKey"))
    signals = [_of_webhook(one, name, received_at) for one in alerts]
    return [*signals, *left_out(group, name, received_at, by="Alertmanager")]


def parse_posted(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """A signal for each alert that is sound; the others were refused when they came."""
    posted = told.json_of(body)
    if not isinstance(posted, list):
        raise Unreadable("The body is no list of alerts.")
    sound = [one for one in posted if not why_wrong(one, received_at)]
    return [_of_post(one, received_at) for one in sound]


def why_wrong(alert: object, now: datetime) -> str:
    """Why Alertmanager would refuse an alert, in its words; or ""."""
    if not isinstance(alert, Mapping) or not told.labels(alert.get("labels")):
        return NO_LABELS
    began, ends = told.moment(alert.get("startsAt")), told.moment(alert.get("endsAt"))
    if began is not None and ends is not None and ends < began:
        return WRONG_ORDER
    return ""


def fingerprint(labels: Mapping[str, str]) -> str:
    """What Prometheus and Alertmanager call a set of labels: FNV-1a over them, in hex."""
    found = _FNV_BEGIN
    for name in sorted(labels):
        for part in (name.encode(), _SEPARATOR, labels[name].encode(), _SEPARATOR):
            for byte in part:
                found = ((found ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


def _of_webhook(alert: Mapping[str, Any], group: str, received_at: datetime) -> Signal:
    status = alert.get("status")
    if status not in ("firing", "resolved") or not told.labels(alert.get("labels")):
        raise Unreadable("An alert has no labels, or a status that is neither firing nor resolved.")
    ended = told.moment(alert.get("endsAt"))
    return _signal(
        alert,
        said=Said(status),
        key=told.name(alert.get("fingerprint")),
        ended_at=(ended or received_at) if status == "resolved" else None,
        group=group,
        received_at=received_at,
    )


def _of_post(alert: Mapping[str, Any], received_at: datetime) -> Signal:
    """See Note [Told again or over]."""
    ends = told.moment(alert.get("endsAt"))
    over = ends is not None and ends <= received_at
    return _signal(
        alert,
        said=Said.RESOLVED if over else Said.FIRING,
        ended_at=ends if over else None,
        lasts_until=None if over else ends or received_at + RESOLVE_TIMEOUT,
        received_at=received_at,
    )


def _signal(
    alert: Mapping[str, Any],
    *,
    said: Said,
    received_at: datetime,
    key: str = "",
    group: str = "",
    ended_at: datetime | None = None,
    lasts_until: datetime | None = None,
) -> Signal:
    labels, notes = told.labels(alert.get("labels")), told.labels(alert.get("annotations"))
    began = told.moment(alert.get("startsAt"))
    word = told.first(labels, "severity", "priority")
    name = labels.get("alertname", "")
    return Signal(
        key=key or fingerprint(labels),
        said=said,
        title=(notes.get("summary") or name or "An alert without a name")[: told.LONGEST_TITLE],
        started_at=began or received_at,
        ended_at=ended_at,
        lasts_until=lasts_until,
        occurrence=began.isoformat() if began else "",
        severity=told.severity(word),
        severity_word=word,
        body=told.prose(notes.get("description") or notes.get("message")),
        service=told.first(labels, "service", "service_name", "app", "job"),
        environment=told.first(labels, "environment", "env"),
        group=group,
        labels=labels,
        links=told.links(
            runbook=notes.get("runbook_url"),
            dashboard=notes.get("dashboard_url"),
            expression=alert.get("generatorURL"),
        ),
    )


def left_out(
    group: Mapping[str, Any], name: str, received_at: datetime, *, by: str
) -> list[Signal]:
    """What a webhook of this form left out. See Note [Left out]."""
    number = group.get("truncatedAlerts")
    count = number if isinstance(number, int) and not isinstance(number, bool) else 0
    over = count <= 0 or group.get("status") == "resolved"
    common = told.labels(group.get("commonLabels"))
    return [
        Signal(
            key=f"left out of {name}",
            said=Said.RESOLVED if over else Said.FIRING,
            title=f"{by} left {count:,} alerts out of this group",
            started_at=received_at,
            severity=told.severity(common.get("severity", "")),
            severity_word=common.get("severity", ""),
            body=f"Its webhook has max_alerts: look for the others in {by} itself.",
            service=told.first(common, "service", "service_name", "app", "job"),
            environment=told.first(common, "environment", "env"),
            group=name,
            labels={**common, "left_out": str(max(count, 0))},
            links=told.links(**{by.lower(): group.get("externalURL")}),
        )
    ]


def named(headers: Headers, body: bytes) -> Named:
    """A list is what Prometheus posts; all else a group, whose messages stay in their order."""
    if body.lstrip()[:1] == b"[":
        return Named(POSTED)
    try:
        return Named(WEBHOOK, in_order=told.name(told.object_of(body).get("groupKey")))
    except Unreadable:
        return Named(WEBHOOK)


READERS: Mapping[str, Reader] = {WEBHOOK: reads(parse_webhook), POSTED: reads(parse_posted)}
VENDOR = Vendor(
    word="alertmanager",
    label="Prometheus, Alertmanager",
    named=named,
    readers=READERS,
    busy_status=503,
    longest_body=LARGE_BODY,
)

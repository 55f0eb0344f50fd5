"""Sentry, by an internal integration: issues, issue alerts and metric alerts.

Source: Sentry's documentation of the integration platform's webhooks.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from incidents.doors.taking import reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.json_parts import part
from ledger.inbox.signatures import hex_signature
from ledger.inbox.vendors import Headers, Named, Proof, Vendor

RESOURCE, SIGNATURE, REQUEST = "Sentry-Hook-Resource", "Sentry-Hook-Signature", "Request-ID"
ISSUE: Final[Mapping[str, Said]] = {
    "created": Said.FIRING,
    "unresolved": Said.FIRING,
    "resolved": Said.RESOLVED,
    "archived": Said.RESOLVED,
    "ignored": Said.RESOLVED,
}
METRIC: Final[Mapping[str, Said]] = {
    "critical": Said.FIRING,
    "warning": Said.FIRING,
    "resolved": Said.RESOLVED,
}


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal, or none for what says nothing of whether it fires; raises `Unreadable`."""
    message = told.object_of(body)
    action, found = told.line(message.get("action")), part(message, "data")
    if not action or not found:
        raise Unreadable("The message has no “action” or no “data”: it is none of Sentry’s.")
    match headers.get(RESOURCE, ""):
        case "metric_alert":
            return _metric(action, found, received_at)
        case "event_alert":
            event = part(found, "event")
            return [_issue(event, told.line(event.get("issue_id")), Said.FIRING, received_at)]
        case _ if action in ISSUE:
            issue = part(found, "issue")
            return [_issue(issue, told.line(issue.get("id")), ISSUE[action], received_at)]
    return []


def _issue(of: Mapping[str, Any], number: str, said: Said, received_at: datetime) -> Signal:
    if not number:
        raise Unreadable("The message names no issue.")
    tags = _tags(of.get("tags"))
    project = of.get("project")
    name = told.line(part(of, "project").get("slug") if isinstance(project, Mapping) else project)
    word = told.line(of.get("level"))
    at = told.moment(of.get("datetime") or of.get("lastSeen") or of.get("firstSeen"))
    return Signal(
        key=f"issue {number}",
        said=said,
        title=told.line(of.get("title"), at_most=told.LONGEST_TITLE) or f"Issue {number}",
        started_at=at or received_at,
        ended_at=received_at if said is Said.RESOLVED else None,
        severity=told.severity(word),
        severity_word=word,
        body=told.prose(of.get("culprit")),
        service=tags.get("service", "") or name,
        environment=tags.get("environment", "") or told.line(of.get("environment")),
        labels={**tags, **({"project": name} if name else {})},
        links=told.links(issue=of.get("web_url") or of.get("permalink")),
    )


def _metric(action: str, found: Mapping[str, Any], received_at: datetime) -> list[Signal]:
    alert = part(found, "metric_alert")
    rule = part(alert, "alert_rule")
    number = told.line(alert.get("identifier")) or told.line(alert.get("id"))
    if not number:
        raise Unreadable("The message names no metric alert.")
    if action not in METRIC:
        return []
    began, ended = told.moment(alert.get("date_started")), told.moment(alert.get("date_closed"))
    return [
        Signal(
            key=f"metric {number}",
            said=METRIC[action],
            title=told.line(found.get("description_title"), at_most=told.LONGEST_TITLE)
            or told.line(rule.get("name"))
            or f"Metric alert {number}",
            started_at=began or received_at,
            ended_at=(ended or received_at) if action == "resolved" else None,
            occurrence=began.isoformat() if began else "",
            severity=told.severity(action),
            severity_word=action if action != "resolved" else "",
            body=told.prose(found.get("description_text")),
            environment=told.line(rule.get("environment")),
            labels={"alertname": told.line(rule.get("name"))} if rule.get("name") else {},
            links=told.links(alert=found.get("web_url")),
        )
    ]


def _tags(value: object) -> dict[str, str]:
    """Sentry writes tags as pairs in a list, or as an object."""
    if isinstance(value, list):
        pairs = (one for one in value if isinstance(one, list) and len(one) == 2)
        return told.labels({str(name): said for name, said in pairs})
    return told.labels(value)


def named(headers: Headers, body: bytes) -> Named:
    """Its resource, and the number under which Sentry sends it, also once more."""
    return Named(topic=headers.get(RESOURCE, ""), delivery_id=headers.get(REQUEST, ""))


_READ = reads(parse)
VENDOR = Vendor(
    word="sentry",
    label="Sentry",
    proof=Proof.SIGNATURE,
    signature=SIGNATURE,
    signed=hex_signature(header=SIGNATURE),
    named=named,
    readers=dict.fromkeys(("issue", "event_alert", "metric_alert"), _READ),
    keeps=(RESOURCE, REQUEST),
    busy_status=503,
)

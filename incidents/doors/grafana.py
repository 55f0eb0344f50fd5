"""Grafana's alerting, by its webhook contact point.

Source: Grafana's documentation of the webhook notifier, and its `receivers/webhook` source.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from incidents.doors.alertmanager import left_out
from incidents.doors.taking import in_order_by, reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.signatures import timed_signature
from ledger.inbox.vendors import LARGE_BODY, Proof, Vendor

TOPIC = "alerts"
SIGNATURE = "X-Grafana-Alerting-Signature"
TIMESTAMP = "X-Grafana-Alerting-Signature-Timestamp"
OF_GRAFANA: Final[Mapping[str, str]] = {
    "DatasourceNoData": "No data for",
    "DatasourceError": "Could not be evaluated:",
}


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """A signal for each alert of the group, and one for those left out; raises `Unreadable`, also
    for one alert among many."""
    group = told.object_of(body)
    alerts = group.get("alerts")
    if not isinstance(alerts, list) or not all(isinstance(one, dict) for one in alerts):
        raise Unreadable("The message has no list “alerts”: use Grafana’s own payload.")
    signals = [_signal(one, group, received_at) for one in alerts]
    if not isinstance(group.get("truncatedAlerts"), int):
        return signals  # Grafana that leaves nothing out need not say so.
    name = told.name(group.get("groupKey"))
    return [*signals, *left_out(group, name, received_at, by="Grafana")]


def _signal(alert: Mapping[str, Any], group: Mapping[str, Any], received_at: datetime) -> Signal:
    said, notes = told.labels(alert.get("labels")), told.labels(alert.get("annotations"))
    status = alert.get("status")
    if not said or status not in ("firing", "resolved"):
        raise Unreadable("An alert has no labels, or a status that is neither firing nor resolved.")
    began, ended = told.moment(alert.get("startsAt")), told.moment(alert.get("endsAt"))
    word = told.first(said, "severity", "priority")
    return Signal(
        key=told.name(alert.get("fingerprint")) or told.digest(*map(str, sorted(said.items()))),
        said=Said(status),
        title=_title(said, notes),
        started_at=began or received_at,
        ended_at=(ended or received_at) if status == "resolved" else None,
        occurrence=began.isoformat() if began else "",
        severity=told.severity(word),
        severity_word=word,
        body="\n".join(
            filter(
                None, (told.prose(notes.get("description")), told.prose(alert.get("valueString")))
            )
        ),
        service=told.first(said, "service", "service_name", "app", "job"),
        environment=told.first(said, "environment", "env"),
        group=told.name(group.get("groupKey")),
        labels=said,
        links=told.links(
            runbook=notes.get("runbook_url"),
            dashboard=alert.get("dashboardURL"),
            panel=alert.get("panelURL"),
            rule=alert.get("generatorURL"),
            silence=alert.get("silenceURL"),
        ),
    )


def _title(said: Mapping[str, str], notes: Mapping[str, str]) -> str:
    """The summary, or the rule's name; of a rule without data what Grafana says of it."""
    name = said.get("alertname", "")
    if name in OF_GRAFANA:
        return f"{OF_GRAFANA[name]} {said.get('rulename') or 'a rule'}"[: told.LONGEST_TITLE]
    return (notes.get("summary") or name or "An alert of Grafana")[: told.LONGEST_TITLE]


def _group_of(body: bytes, headers: Mapping[str, str]) -> str:
    return told.name(told.object_of(body).get("groupKey"))


VENDOR = Vendor(
    word="grafana",
    label="Grafana",
    proof=Proof.EITHER,
    signature=SIGNATURE,
    signed=timed_signature(
        header=SIGNATURE, timestamp=TIMESTAMP, between=b":", as_hex=True, demanded=False
    ),
    named=in_order_by(TOPIC, _group_of, once_by=(TIMESTAMP, SIGNATURE)),
    readers={TOPIC: reads(parse)},
    busy_status=503,
    longest_body=LARGE_BODY,
)

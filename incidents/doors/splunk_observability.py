"""Splunk Observability Cloud (SignalFx): detectors, by its webhook integration.

Source: Splunk's documentation of webhook notifications of Observability Cloud.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.doors.taking import in_order_by, reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.signatures import base64_signature
from ledger.inbox.vendors import Proof, Vendor

TOPIC = "detector"
SIGNATURE = "X-SFX-Signature"
FIRES = "anomalous"


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal: what a rule of a detector says of one incident of it; raises `Unreadable`."""
    message = told.object_of(body)
    number = told.name(message.get("incidentId"))
    status = told.line(message.get("statusExtended")) or told.line(message.get("status"))
    if not number or not status:
        raise Unreadable("The message has no incidentId or no status: use the default payload.")
    fires = status.lower() == FIRES
    at = told.moment(message.get("timestamp")) or received_at
    dimensions = _dimensions(message)
    word = told.line(message.get("severity"))
    name = told.line(message.get("messageTitle"), at_most=told.LONGEST_TITLE)
    detector = told.line(message.get("detector"))
    return [
        Signal(
            key=number,
            occurrence=number,
            said=Said.FIRING if fires else Said.RESOLVED,
            title=name or f"{detector or 'A detector'}: {told.line(message.get('rule'))}",
            started_at=at,
            ended_at=None if fires else at,
            severity=told.severity(word),
            severity_word=word,
            body=told.prose(message.get("messageBody") or message.get("description")),
            service=told.first(dimensions, "service", "sf_service", "service.name"),
            environment=told.first(
                dimensions, "environment", "env", "sf_environment", "deployment.environment"
            ),
            group=told.line(message.get("detectorId")) or detector,
            labels={**dimensions, "alertname": detector, "rule": told.line(message.get("rule"))},
            links=told.links(
                detector=message.get("detectorUrl"),
                runbook=message.get("runbookUrl"),
                picture=message.get("imageUrl"),
            ),
        )
    ]


def _dimensions(message: Mapping[str, Any]) -> dict[str, str]:
    """Those of the message, and of the signals it is computed from."""
    said: dict[str, str] = {}
    inputs = message.get("inputs")
    for one in inputs.values() if isinstance(inputs, Mapping) else ():
        if isinstance(one, Mapping):
            said |= told.labels(one.get("key"))
    return said | told.labels(message.get("dimensions"))


def _incident_of(body: bytes, headers: Mapping[str, str]) -> str:
    return told.line(told.object_of(body).get("incidentId"))


VENDOR = Vendor(
    word="splunk-observability",
    label="Splunk Observability (SignalFx)",
    proof=Proof.EITHER,
    signature=SIGNATURE,
    signed=base64_signature(header=SIGNATURE),
    named=in_order_by(TOPIC, _incident_of),
    readers={TOPIC: reads(parse)},
    busy_status=503,
)

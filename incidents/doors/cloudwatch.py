"""Alarms of Amazon CloudWatch, through a topic of Amazon SNS.

A message comes to the source's address with its key, is kept, and then proved by Amazon's own
signature; what a topic tells is read once somebody has confirmed the topic.
Source: Amazon's documentation of SNS message formats and of CloudWatch alarms.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from incidents import alerts
from incidents.doors.taking import in_order_by
from incidents.intake import sns, told, topics
from incidents.intake.certificates import Certificates
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.json_parts import part
from ledger.inbox.vendors import Reader, Vendor
from ledger.models import Message

KIND = "sns"
ALARM = "ALARM"
STATES: Final[Mapping[str, Said]] = {ALARM: Said.FIRING, "OK": Said.RESOLVED}
NO_DATA = "INSUFFICIENT_DATA"


def parse(message: str, received_at: datetime) -> list[Signal]:
    """One signal for an alarm, none for one that has too little data; raises `Unreadable`.

    Too little data says neither that it fires nor that it is over: the alert stays as it is.
    """
    alarm = told.object_of(message.encode("utf-8", "surrogatepass"))
    key = told.name(alarm.get("AlarmArn")) or told.name(alarm.get("AlarmName"))
    state = alarm.get("NewStateValue")
    if not key or not isinstance(state, str):
        raise Unreadable("The message is no alarm of CloudWatch.")
    if state == NO_DATA:
        return []
    if state not in STATES:
        raise Unreadable(f"The alarm is in a state that CloudWatch does not have: {state[:40]}.")
    said = STATES[state]
    changed_at = told.moment(alarm.get("StateChangeTime"))
    at = changed_at or received_at
    noted = told.pairs(told.prose(alarm.get("AlarmDescription")))
    word = told.first(noted, "severity", "sev", "priority")
    return [
        Signal(
            key=key,
            said=said,
            title=told.line(alarm.get("AlarmName"), at_most=told.LONGEST_TITLE) or key,
            started_at=at,
            ended_at=at if said is Said.RESOLVED else None,
            told_at=changed_at
            if said is Said.FIRING or alarm.get("OldStateValue") == ALARM
            else None,
            severity=told.severity(word),
            severity_word=word,
            body=told.prose(alarm.get("NewStateReason")),
            service=noted.get("service", ""),
            environment=told.first(noted, "environment", "env"),
            labels={**_measured(alarm), **noted},
        )
    ]


def _measured(alarm: Mapping[str, Any]) -> dict[str, str]:
    """What is measured where: one metric, several that are computed with, or other alarms."""
    trigger = part(alarm, "Trigger")
    labels = {
        "alertname": told.line(alarm.get("AlarmName")),
        "account": told.line(alarm.get("AWSAccountId")),
        "region": told.line(alarm.get("Region")),
        "rule": told.line(alarm.get("AlarmRule")),
        **_metric(trigger),
    }
    metrics = trigger.get("Metrics")
    for one in metrics if isinstance(metrics, list) else ():
        stat = part(one, "MetricStat")
        for name, value in _metric(part(stat, "Metric")).items():
            labels.setdefault(name, value)
    return {name: value for name, value in labels.items() if value}


def _metric(metric: Mapping[str, Any]) -> dict[str, str]:
    dimensions = metric.get("Dimensions")
    pairs = dimensions if isinstance(dimensions, list) else ()
    named = {
        str(one.get("name") or one.get("Name")): one.get("value") or one.get("Value")
        for one in pairs
        if isinstance(one, Mapping)
    }
    own = {"metric": metric.get("MetricName"), "namespace": metric.get("Namespace")}
    return told.labels({**named, **own})


def reader(certificates: Certificates) -> Reader:
    """Reads a message that one of these certificates signed."""

    def read(message: Message, now: datetime) -> None:
        envelope = sns.envelope_of(bytes(message.body))
        certificate = certificates.at(envelope.certificate_url, now=now)
        sns.verify(envelope, certificate=certificate, at=message.received_at)
        source, arn = message.source, envelope.topic
        match envelope.kind:
            case sns.Kind.ASKS:
                topics.ask(source=source, arn=arn, address=envelope.fields["SubscribeURL"], now=now)
            case sns.Kind.ENDED:
                topics.end(source=source, arn=arn, address=envelope.fields["SubscribeURL"], now=now)
            case sns.Kind.NOTIFICATION:
                if not topics.is_confirmed(source=source, arn=arn):
                    raise Unreadable(f"Nobody has confirmed the topic {arn} for this source.")
                signals = parse(envelope.fields["Message"], message.received_at)
                alerts.take(signals, source=source.slug, now=now, heard_at=message.received_at)

    return read


def _alarm_of(body: bytes, headers: Mapping[str, str]) -> str:
    message = told.object_of(body).get("Message")
    alarm = told.object_of(message.encode("utf-8", "replace")) if isinstance(message, str) else {}
    return told.name(alarm.get("AlarmArn"))


def _number_of(body: bytes) -> str:
    return told.name(told.object_of(body).get("MessageId"))


named = in_order_by(KIND, _alarm_of, number=_number_of)


def vendor(certificates: Certificates) -> Vendor:
    """CloudWatch, proved by these certificates."""
    return Vendor(
        word="cloudwatch",
        label="Amazon CloudWatch (SNS)",
        named=named,
        readers={KIND: reader(certificates)},
        busy_status=503,
    )


VENDOR = vendor(Certificates())

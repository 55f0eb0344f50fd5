"""Tools as they knock: each with its words for what fires and what is over, and its signature."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from catalog.models import User
from incidents.doors import grafana, sentry
from ledger import inbox
from ledger.inbox import sources
from ledger.models import Message, Source
from tests.incidents.doors import said
from tests.incidents.doors.said import changed

FAR = timedelta(days=366)
Sign = Callable[[bytes, bytes, datetime], dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """`fires` and `ends` write what is posted; a tool whose `ends` is None tells no end."""

    word: str
    fires: Callable[[datetime], Any]
    ends: Callable[[datetime], Any] | None = None
    sign: Sign | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def _hex(header: str) -> Sign:
    return lambda key, body, at: {header: hmac.digest(key, body, "sha256").hex()}


def _grafana(key: bytes, body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signed = hmac.digest(key, stamp.encode() + b":" + body, "sha256").hex()
    return {grafana.SIGNATURE: signed, grafana.TIMESTAMP: stamp}


def _observability(key: bytes, body: bytes, at: datetime) -> dict[str, str]:
    return {"X-SFX-Signature": base64.b64encode(hmac.digest(key, body, "sha256")).decode()}


def _zendesk(key: bytes, body: bytes, at: datetime) -> dict[str, str]:
    stamp = at.isoformat().replace("+00:00", "Z")
    signed = base64.b64encode(hmac.digest(key, stamp.encode() + body, "sha256")).decode()
    return {
        "X-Zendesk-Webhook-Signature": signed,
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }


def _of_grafana(status: str, began: datetime, ended: datetime | None) -> Any:
    alert = changed(
        said.GRAFANA["alerts"][0],
        status=status,
        startsAt=began.isoformat(),
        endsAt=ended.isoformat() if ended else "0001-01-01T00:00:00Z",
    )
    return changed(said.GRAFANA, status=status, alerts=[alert])


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _of_datadog(transition: str, at: datetime) -> Any:
    return changed(said.DATADOG, transition=transition, date=_milliseconds(at))


def _of_metric(action: str, began: datetime, ended: datetime | None) -> Any:
    told = changed(said.SENTRY_METRIC, action=action)
    told["data"]["metric_alert"] |= {
        "date_started": began.isoformat(),
        "date_closed": ended.isoformat() if ended else None,
    }
    return told


TOOLS = (
    Tool(
        word="grafana",
        fires=lambda at: _of_grafana("firing", at, None),
        ends=lambda at: _of_grafana("resolved", at, at + timedelta(minutes=1)),
        sign=_grafana,
    ),
    Tool(
        word="datadog",
        fires=lambda at: _of_datadog("Triggered", at),
        ends=lambda at: _of_datadog("Recovered", at + timedelta(minutes=1)),
    ),
    Tool(
        word="splunk",
        fires=lambda at: changed(
            said.SPLUNK, result={**said.SPLUNK["result"], "_time": str(at.timestamp())}
        ),
    ),
    Tool(
        word="splunk-observability",
        fires=lambda at: changed(said.OBSERVABILITY, timestamp=at.isoformat()),
        ends=lambda at: changed(
            said.OBSERVABILITY,
            timestamp=(at + timedelta(minutes=1)).isoformat(),
            statusExtended="ok",
        ),
        sign=_observability,
    ),
    Tool(
        word="zendesk",
        fires=lambda at: changed(said.ZENDESK, updated_at=at.isoformat()),
        ends=lambda at: changed(
            said.ZENDESK, updated_at=(at + timedelta(minutes=1)).isoformat(), status="Solved"
        ),
        sign=_zendesk,
    ),
    Tool(
        word="sentry",
        fires=lambda at: _of_metric("critical", at, None),
        ends=lambda at: _of_metric("resolved", at, at + timedelta(minutes=1)),
        sign=_hex("Sentry-Hook-Signature"),
        headers={sentry.RESOURCE: "metric_alert"},
    ),
)


class Sender:
    """One tool that posts to a source of its own, at the time of the test."""

    def __init__(self, tool: Tool, *, actor: User) -> None:
        self.tool, self.slug, now = tool, f"{tool.word}-shop", timezone.now()
        given = {"slug": self.slug, "name": "Shop", "vendor": tool.word}
        self.source, self.key = sources.make(actor=actor, now=now, **given)

    def post(self, told: Any, *, key: str = "", signed_at: datetime | None = None) -> Any:
        """Post what is told; bytes go as they are. Signed with `key`, or shown it."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        key, at = key or self.key, signed_at or timezone.now()
        headers = dict(self.tool.headers)
        if self.tool.sign:
            headers |= self.tool.sign(key.encode(), body, at)
        else:
            headers["Authorization"] = f"Bearer {key}"
        return self.send(body, headers)

    def send(self, body: bytes, headers: Mapping[str, str]) -> Any:
        return Client().post(
            f"/hooks/{self.slug}",
            body,
            content_type=self.tool.content_type,
            headers=dict(headers),
        )


def read() -> list[str]:
    """Have everything read; answers what became of each message, oldest first."""
    while inbox.work(now=timezone.now(), limit=50):
        pass
    return list(Message.objects.order_by("id").values_list("state", flat=True))


def source_of(slug: str) -> Source:
    return Source.objects.get(slug=slug)

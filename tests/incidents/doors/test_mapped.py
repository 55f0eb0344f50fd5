"""Any JSON and CloudEvents, from their address to the alert, by the rows that map them."""

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.doors import mapped
from incidents.models import Alert, SignalMapping
from ledger import inbox
from ledger.inbox import Unreadable, sources
from ledger.models import Message
from tests.incidents.doors.tools import read, source_of

EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop/monitor",
    "type": "com.example.alert",
    "time": "2026-11-20T22:10:00Z",
    "subject": "checkout",
    "data": {"name": "Queue is full", "state": "firing", "level": "P2"},
}
PATHS = {"key": "subject", "title": "data.name", "status": "data.state", "severity": "data.level"}
HEADERS = {
    "Ce-Specversion": "1.0",
    "Ce-Id": "e-1",
    "Ce-Source": "/shop/monitor",
    "Ce-Type": "com.example.alert",
    "Ce-Subject": "caf%C3%A9",
    "Content-Type": "application/json",
}


def body(told: Any) -> bytes:
    return json.dumps(told).encode()


def posted(slug: str, key: str, told: Any, kind: str = "application/json", **headers: str) -> Any:
    headers = {"Authorization": f"Bearer {key}", **headers}
    return Client().post(f"/hooks/{slug}", body(told), content_type=kind, headers=headers)


@pytest.fixture
def bus(oncall: Any) -> str:
    given = {"slug": "bus", "name": "Bus", "vendor": "cloudevents"}
    return sources.make(actor=oncall, now=timezone.now(), **given)[1]


def test_an_event_is_read_in_each_of_its_three_modes():
    structured = mapped.events_of(body(EVENT), {"Content-Type": f"{mapped.STRUCTURED}; charset=x"})
    batch = mapped.events_of(body([EVENT, EVENT]), {"Content-Type": mapped.BATCH})
    (binary,) = mapped.events_of(body(EVENT["data"]), HEADERS)
    (text,) = mapped.events_of(b"hello", {**HEADERS, "Content-Type": "text/plain"})
    packed = {**EVENT, "data": None, "data_base64": base64.b64encode(b'{"a": 1}').decode()}
    (held,) = mapped.events_of(body(packed), {"Content-Type": mapped.STRUCTURED})

    assert (structured, batch) == ([EVENT], [EVENT, EVENT])
    assert (binary["data"], binary["subject"], binary["id"]) == (EVENT["data"], "café", "e-1")
    assert (text["data"], held["data"]) == ("hello", {"a": 1})


@pytest.mark.parametrize(
    ("told", "headers", "because"),
    [
        (EVENT, {"Content-Type": "application/json"}, "no CloudEvent"),
        ({}, {"Content-Type": mapped.STRUCTURED}, "no specversion"),
        ({**EVENT, "id": ""}, {"Content-Type": mapped.STRUCTURED}, "no id"),
        ({**EVENT, "specversion": "2.0"}, {"Content-Type": mapped.STRUCTURED}, "not 1"),
        ({**EVENT, "data_base64": "§"}, {"Content-Type": mapped.STRUCTURED}, "not in base64"),
        (EVENT, {"Content-Type": mapped.BATCH}, "is a list"),
        ([7], {"Content-Type": mapped.BATCH}, "is an object"),
        ({}, {**HEADERS, "Ce-Type": ""}, "no type"),
    ],
)
def test_what_is_no_event_is_refused_in_words(told, headers, because):
    with pytest.raises(Unreadable, match=because):
        mapped.events_of(body(told), headers)


@pytest.mark.django_db
def test_an_event_waits_for_its_mapping_and_is_read_once(bus, oncall, caplog):
    first = posted("bus", bus, EVENT, mapped.STRUCTURED)
    again = posted("bus", bus, EVENT, mapped.STRUCTURED)

    assert [first.json()["status"], again.json()["status"]] == ["kept", "kept_before"]
    assert read() == ["dead"]
    message = Message.objects.get()
    assert message.error.startswith("Nothing says how events of the type com.example.alert")
    source = source_of("bus")
    SignalMapping.objects.create(source=source, event_type="com.example.*", **PATHS)
    inbox.replay(message=message, actor=oncall, now=timezone.now())
    assert read() == ["done"]
    alert = Alert.objects.get()
    assert (alert.source, alert.key, alert.title, alert.severity) == (
        "bus",
        "checkout",
        "Queue is full",
        2,
    )
    over = {**EVENT, "id": "e-2", "data": {"name": "x", "state": "ok", "level": "P2"}}
    posted("bus", bus, over["data"], **{**HEADERS, "Ce-Id": "e-2", "Ce-Subject": "checkout"})
    assert read() == ["done", "done"]
    alert.refresh_from_db()
    assert alert.state == "resolved"


@pytest.mark.django_db
def test_types_that_are_ignored_are_read_in_silence(bus):
    SignalMapping.objects.create(source=source_of("bus"), event_type="com.*", is_ignored=True)

    posted("bus", bus, [EVENT, {**EVENT, "id": "e-2"}], mapped.BATCH)

    assert (read(), Alert.objects.exists()) == (["done"], False)


@pytest.mark.django_db
def test_any_json_is_read_by_the_mapping_of_its_source(oncall, caplog):
    given = {"slug": "tool", "name": "Tool", "vendor": "json"}
    source, key = sources.make(actor=oncall, now=timezone.now(), **given)
    posted("tool", key, {"id": 7, "name": "Full"})
    assert read() == ["dead"]
    assert Message.objects.get().error.startswith("Nothing says how the messages of tool are read")
    SignalMapping.objects.create(source=source, key="id", title="name", service="svc")

    posted("tool", key, {"id": 7, "name": "Full", "svc": "checkout"})
    posted("tool", key, {"uid": 7})

    assert read() == ["dead", "done", "dead"]
    assert Message.objects.latest("id").error == "“key” is read from id, where nothing is."
    alert = Alert.objects.get()
    assert (alert.key, alert.title, alert.service_word) == ("7", "Full", "checkout")

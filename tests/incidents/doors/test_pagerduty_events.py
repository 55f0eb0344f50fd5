"""PagerDuty's Events API v2, as its own clients speak it."""

import json
import warnings

import pytest
from django.test import Client

from incidents.models import Alert, Incident
from ledger.models import Message
from tests.incidents.doors.captures import captured

pytestmark = pytest.mark.django_db


def send(body: object):
    return Client().post(
        "/compat/pagerduty/v2/enqueue", json.dumps(body), content_type="application/json"
    )


def event(action: str, key: str, **more):
    return {**captured(f"pagerduty_{action}"), "routing_key": key, **more}


def test_trigger_acknowledge_resolve_and_a_trigger_that_is_new(source, for_checkout, read):
    key = source("pagerduty")
    first = send(event("trigger", key, dedup_key="dk1"))
    assert (first.status_code, first.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "dk1"},
    )
    read()
    alert = Alert.objects.get()
    assert (alert.key, alert.title, alert.severity, alert.state) == (
        "dk1",
        "disk full",
        1,
        "firing",
    )
    assert alert.labels == {"a": "1", "source": "web-1"}
    assert alert.links == [{"url": "http://x", "text": "t"}]

    send(event("acknowledge", key))
    send(event("trigger", key, dedup_key="dk1"))
    read()
    alert.refresh_from_db()
    assert (alert.state, alert.heard) == ("acknowledged", 3)

    send(event("resolve", key))
    send(event("trigger", key, dedup_key="dk1"))
    read()
    alert.refresh_from_db()
    assert (alert.state, alert.occurrences) == ("firing", 2)
    assert Incident.objects.count() == 1


def test_what_is_said_of_nothing_open_is_taken_and_changes_nothing(source, read):
    key = source("pagerduty")

    assert send(event("resolve", key)).status_code == 202
    assert send(event("acknowledge", key)).status_code == 202

    assert read() == ["done", "done"]
    assert not Alert.objects.exists()


def test_another_routing_key_speaks_of_another_alert(source, read):
    one, other = source("pagerduty", "one"), source("pagerduty", "other")
    send(event("trigger", one, dedup_key="dk1"))
    send(event("resolve", other))
    read()

    assert Alert.objects.get().state == "firing"


def test_an_event_without_a_dedup_key_is_given_one(source, read):
    key = source("pagerduty")

    given = [send(event("trigger", key)).json()["dedup_key"] for _ in range(2)]

    read()
    assert sorted(Alert.objects.values_list("key", flat=True)) == sorted(given)
    assert key not in str(list(Message.objects.values_list("body", "headers")))


def test_one_key_serves_events_and_change_events(source, read):
    key = source("pagerduty")
    send(event("trigger", key, dedup_key="dk1"))
    change = {"routing_key": key, "payload": {"summary": "Deploy", "source": "ci"}}
    Client().post(
        "/compat/pagerduty/v2/change/enqueue", json.dumps(change), content_type="application/json"
    )

    assert read() == ["done", "done"]
    assert list(Message.objects.order_by("id").values_list("topic", flat=True)) == [
        "event",
        "change",
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"routing_key": "short"}, "'routing_key' must be a string of 32 characters"),
        ({"routing_key": "x" * 32}, "'routing_key' is not known"),
        ({"event_action": "open"}, "'event_action' must be one of trigger, acknowledge, resolve"),
        ({"event_action": "resolve"}, "'dedup_key' is missing or blank"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is over 255 characters"),
        ({"dedup_key": 7}, "'dedup_key' must be a string"),
        ({"payload": None}, "'payload' must be an object"),
        (
            {"payload": {"summary": "s", "source": "s", "severity": "bad"}},
            "'payload.severity' must be one of critical, error, warning, info",
        ),
        (
            {"payload": {"summary": " ", "source": "s", "severity": "info"}},
            "'payload.summary' is missing or blank",
        ),
        (
            {"payload": {"summary": "s" * 1025, "source": "s", "severity": "info"}},
            "'payload.summary' is over 1024 characters",
        ),
    ],
)
def test_what_pagerduty_would_refuse_is_refused_in_its_words(source, given, says):
    answer = send({**event("trigger", source("pagerduty")), **given})

    assert answer.status_code == 400
    assert answer.json() == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": [says],
    }
    assert not Message.objects.exists()


def test_over_512_kb_is_refused(source):
    big = event("trigger", source("pagerduty"), dedup_key="k", client="x" * 512_000)

    assert send(big).status_code == 413
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_pdpyras_is_understood(source, read, live_server):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # It says that it is no longer looked after.
        import pdpyras  # noqa: PLC0415
    session = pdpyras.EventsAPISession(source("pagerduty"))
    session.url = f"{live_server.url}/compat/pagerduty"
    key = session.trigger("disk full", "web-1", severity="warning")
    session.acknowledge(key)
    read()

    alert = Alert.objects.get()
    assert (alert.key, alert.state, alert.severity) == (key, "acknowledged", 3)
    session.resolve(key)
    session.close()
    read()
    alert.refresh_from_db()
    assert alert.state == "resolved"

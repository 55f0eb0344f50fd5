"""Calling whoever waits at the gate, once the answer is no longer to wait."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer
from standardwebhooks.webhooks import Webhook

from changes.models import GateAnswer, QueuePlace
from changes.states import State
from ledger import callbacks, outbox
from ledger.models import Callback, Delivery
from tests.changes.gate.asking import SUBJECT
from tests.changes.gate.queueing import advance, asks, place_of, room_for, scheduled
from tests.living import approve, at, change_at, say, window

CALL = "https://ci.example.org/gate"
pytestmark = pytest.mark.usefixtures("settled")


def test_whoever_wants_to_be_called_is_told_a_secret_each_time():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)

    first, again = asks(change, callback_url=CALL), asks(change, minutes=61, callback_url=CALL)

    assert first.place.secret == again.place.secret == callbacks.secret_of(Callback.objects.get())
    assert first.place.secret.startswith("whsec_")
    assert asks(change, minutes=62, by="engineer").place.secret == ""


def test_a_caller_is_called_once_the_gate_opens_and_not_before():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)
    asks(change, callback_url=CALL, run="77")

    for minutes in (61, 80, 99.9):
        advance(minutes)
    assert Delivery.objects.count() == 0
    advance(100)
    advance(101)

    delivery = Delivery.objects.select_related("event").get()
    event = delivery.event
    assert (delivery.target, event.subject, event.verb) == (CALL, SUBJECT, "gate.turn_came")
    assert event.data == {
        "place": place_of(change).pk,
        "change": change.ref,
        "service": "refunds",
        "environment": "production",
        "revision": change.revision,
        "run_id": "77",
        "decision": "allow",
        "reasons": [],
    }
    assert asks(change, minutes=102, run="77").decision == "allow"


def test_a_caller_is_called_when_the_answer_becomes_no():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)
    asks(change, callback_url=CALL)
    say("cancel", change, minutes=70, reason="It is not needed.")

    advance(100)

    event = Delivery.objects.select_related("event").get().event
    assert (event.verb, event.data["decision"]) == ("gate.turned_away", "deny")
    assert event.data["reasons"][0]["code"] == "wrong_state"
    assert place_of(change).left_because == "denied"


def test_callers_are_called_in_order_and_no_more_than_there_is_room():
    room_for(1)
    running, first, second = scheduled(3)
    say("start", running, minutes=60)
    for change in (first, second):
        asks(change, minutes=61, callback_url=CALL)
    advance(63)
    assert Delivery.objects.count() == 0
    say("finish", running, minutes=64)

    advance(70)

    assert [row.event.data["change"] for row in Delivery.objects.all()] == [first.ref]
    say("start", first, minutes=71)
    say("finish", first, minutes=80)
    advance(90)
    assert [row.event.data["change"] for row in Delivery.objects.order_by("id")] == [
        first.ref,
        second.ref,
    ]


def test_whoever_is_called_and_does_not_come_makes_room_for_the_next():
    room_for(1)
    first, second = scheduled(2)
    window("Audit", starts=0, ends=70)
    for change in (first, second):
        asks(change, minutes=60, callback_url=CALL)
    advance(70.1)
    assert place_of(first).held_until == at(85.1)

    advance(85.1)

    assert place_of(first).left_because == "expired"
    assert place_of(second).released_at == at(85.1)


def test_a_callback_that_cannot_be_called_is_refused_and_nothing_is_written():
    (change,) = scheduled(1)

    with pytest.raises(ValidationError) as problem:
        asks(change, callback_url="https://10.1.2.3/x")

    assert problem.value.message_dict == {
        "callback_url": ["Give a public address: this one lies inside a network."]
    }
    assert (QueuePlace.objects.count(), GateAnswer.objects.count()) == (0, 0)


def test_whoever_waits_for_votes_is_called_signed_until_the_call_arrives(
    httpserver: HTTPServer, settings: Any
):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    httpserver.expect_ordered_request("/gate").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/gate").respond_with_data("", status=200)
    change = change_at(State.AWAITING_APPROVAL)
    waits = asks(change, callback_url=httpserver.url_for("/gate"), run="77")
    advance(62)
    outbox.sweep(now=at(62), limit=10)
    assert (waits.decision, httpserver.log) == ("wait", [])
    approve(change, minutes=63)

    advance(64)
    outbox.sweep(now=at(64), limit=10)
    outbox.sweep(now=at(65), limit=10)

    bodies = [request.get_data(as_text=True) for request, _ in httpserver.log]
    assert len(bodies) == 2
    for request, _ in httpserver.log:
        signed = Webhook(waits.place.secret).sign(
            request.headers["webhook-id"],
            datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC),
            request.get_data(as_text=True),
        )
        assert request.headers["webhook-signature"] == signed
    told = httpserver.log[0][0].json
    assert (told["type"], told["data"]["data"]["decision"]) == ("gate.turn_came", "allow")
    assert "permit" not in bodies[0]
    assert (Delivery.objects.get().status, Delivery.objects.get().attempts) == ("sent", 2)
    assert asks(change, minutes=66, run="77").decision == "allow"


def test_whoever_waits_for_votes_is_called_when_they_are_refused(settled: None):
    change = change_at(State.AWAITING_APPROVAL)
    asks(change, callback_url=CALL)
    say("cancel", change, minutes=61, reason="It is not needed.")

    advance(64)

    event = Delivery.objects.select_related("event").get().event
    assert (event.verb, event.data["decision"]) == ("gate.turned_away", "deny")


def test_a_name_that_leads_inside_is_never_called(settings: Any):
    change = change_at(State.AWAITING_APPROVAL)
    asks(change, callback_url="http://localhost:9/gate")
    approve(change, minutes=61)

    advance(64)
    outbox.sweep(now=at(64), limit=10)

    delivery = Delivery.objects.get()
    assert delivery.status != "sent"
    assert delivery.last_error != ""

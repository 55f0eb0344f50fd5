"""Telling the one who asked: signed, at least once, and never into our own network."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from standardwebhooks.webhooks import Webhook

from ledger import callbacks, outbox, timeline
from ledger.models import Callback, Delivery, Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed_networks(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def callback(httpserver, now) -> Callback:
    return callbacks.open_callback(url=httpserver.url_for("/told"), now=now)


def told(callback: Callback | None, now, **given):
    words = {"subject": "api/production", "verb": "gate.turn_came", "actor": "tidegate"}
    with transaction.atomic():
        callbacks.call(callback, **{**words, "at": now, "data": {"decision": "allow"}, **given})


def test_the_call_is_signed_with_the_secret_the_caller_was_told(callback, httpserver, now):
    httpserver.expect_request("/told", method="POST").respond_with_data("", status=204)
    told(callback, now)

    assert outbox.sweep(now=now, limit=10) == 1

    ((request, _),) = httpserver.log
    signature = Webhook(callbacks.secret_of(callback)).sign(
        request.headers["webhook-id"], now, request.get_data(as_text=True)
    )
    assert request.headers["webhook-signature"] == signature
    assert request.json["type"] == "gate.turn_came"
    assert request.json["data"]["data"] == {"decision": "allow"}
    assert Delivery.objects.get().status == "sent"


def test_a_call_that_fails_is_tried_again(callback, httpserver, now):
    httpserver.expect_ordered_request("/told").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/told").respond_with_data("", status=200)
    told(callback, now)

    outbox.sweep(now=now, limit=10)
    assert Delivery.objects.get().status == "pending"
    outbox.sweep(now=now + timedelta(seconds=15), limit=10)

    assert (Delivery.objects.get().status, Delivery.objects.get().attempts) == ("sent", 2)


def test_a_call_given_up_is_said_on_the_timeline(callback, httpserver, now):
    httpserver.expect_request("/told").respond_with_data("", status=410)
    told(callback, now)

    outbox.sweep(now=now, limit=10)

    failed = timeline.events_of(subject="api/production").last()
    assert (failed.verb, failed.data["subscription"], failed.data["channel"]) == (
        "delivery.failed",
        f"callback {callback.pk}",
        "webhook",
    )


def test_what_is_not_committed_is_never_told(callback, now):
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 the end is the point
        told(callback, now)
        raise RuntimeError

    assert (Event.objects.count(), Delivery.objects.count()) == (0, 0)


def test_an_event_without_a_callback_is_recorded_all_the_same(now):
    told(None, now)

    assert (Event.objects.count(), Delivery.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "Write an address such as https://example.org/hook."),
        ("ftp://example.org/x", "Write an address such as https://example.org/hook."),
        (
            "https://ci:secret@example.org/x",
            "Leave the user name and password out of the address: everybody who sees it would read "
            "them. Each message is signed with the key instead.",
        ),
        ("https://10.0.0.7/x", "Give a public address: this one lies inside a network."),
        (
            "https://[::ffff:169.254.169.254]/x",
            "Give a public address: this one lies inside a network.",
        ),
        ("https://192.168.1.1/x", "Give a public address: this one lies inside a network."),
    ],
)
def test_an_address_that_would_not_be_reached_is_refused_at_once(url, sentence, now):
    with pytest.raises(ValidationError) as refused:
        callbacks.open_callback(url=url, now=now)

    assert refused.value.message_dict == {"callback_url": [sentence]}
    assert Callback.objects.count() == 0


def test_a_name_that_leads_inside_is_refused_when_it_is_called(settings, now):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    told(callbacks.open_callback(url="https://localhost/told", now=now), now)

    outbox.sweep(now=now, limit=10)

    row = Delivery.objects.get()
    assert (row.status, "not a public address" in row.last_error) == ("failed", True)


def test_a_delivery_has_one_receiver(callback, record, now):
    event = record()

    with pytest.raises(IntegrityError, match="delivery_has_one_receiver"):
        Delivery.objects.create(event=event, next_attempt_at=now)

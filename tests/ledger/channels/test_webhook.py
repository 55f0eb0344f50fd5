import json
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ledger import subscriptions
from ledger.channels import calling, sending
from ledger.channels.failures import NotSent
from ledger.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed_networks(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def sent_to(subscribe, record):
    """Send one event to an address as a webhook; answers the delivery."""

    def send(target: str) -> Delivery:
        subscription = subscribe(channel="webhook", target=target)
        record(about=["service:checkout"], data={"note": "naïve ☂"})
        delivery = Delivery.objects.select_related("event", "subscription").get()
        delivery.subscription.secret = subscription.secret
        sending.send(delivery, now=datetime.now(UTC))
        return delivery

    return send


def test_a_receiver_can_verify_what_it_gets(sent_to, httpserver):
    httpserver.expect_request("/hook", method="POST").respond_with_data("")

    delivery = sent_to(httpserver.url_for("/hook"))

    request, _ = httpserver.log[0]
    event = delivery.event
    told = Webhook(delivery.subscription.secret).verify(request.data, dict(request.headers))
    assert told == {
        "type": "change.approved",
        "timestamp": "2026-11-20T16:00:00Z",
        "data": {
            "subject": "CHG-1",
            "about": ["service:checkout"],
            "verb": "change.approved",
            "actor": "engineer",
            "at": "2026-11-20T16:00:00Z",
            "data": {"note": "naïve ☂"},
            "digest": event.digest,
        },
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"localhost:{httpserver.port}"


def test_a_changed_body_or_another_secret_does_not_verify(sent_to, httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    delivery = sent_to(httpserver.url_for("/hook"))
    request, _ = httpserver.log[0]
    headers = dict(request.headers)

    forged = json.dumps(json.loads(request.data) | {"type": "change.rejected"})
    with pytest.raises(WebhookVerificationError):
        Webhook(delivery.subscription.secret).verify(forged, headers)
    other = subscriptions.give_secret(delivery.subscription)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(request.data, headers)


def test_no_redirect_is_followed(sent_to, httpserver):
    httpserver.expect_request("/hook").respond_with_data(
        "", status=307, headers={"Location": httpserver.url_for("/elsewhere")}
    )

    with pytest.raises(NotSent, match="307 Temporary Redirect") as failure:
        sent_to(httpserver.url_for("/hook"))

    assert failure.value.permanent
    assert [request.path for request, _ in httpserver.log] == ["/hook"]


def test_a_receiver_that_is_down_may_be_tried_again(sent_to):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]

    with pytest.raises(NotSent, match="could not be reached") as failure:
        sent_to(f"http://127.0.0.1:{port}/hook")

    assert not failure.value.permanent


def test_a_receiver_that_never_answers_is_not_waited_for(sent_to, monkeypatch):
    monkeypatch.setattr(calling, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotSent, match="could not be reached") as failure:
            sent_to(f"http://127.0.0.1:{port}/hook")

    assert not failure.value.permanent


def test_a_receiver_that_drips_headers_is_not_waited_for(sent_to, monkeypatch):
    monkeypatch.setattr(calling, "LONGEST_SECONDS", 1)
    done = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.1):
                connection.sendall(b"X-Drip: 1\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        began = time.monotonic()
        with pytest.raises(NotSent, match="could not be reached") as failure:
            sent_to(f"http://127.0.0.1:{server.getsockname()[1]}/hook")
        took = time.monotonic() - began
        done.set()
        thread.join()

    assert not failure.value.permanent
    assert took < 5


def test_an_endless_answer_is_not_read_to_the_end(sent_to):
    written = []

    def pour(server: socket.socket) -> None:
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 500 Oh\r\nContent-Type: text/plain\r\n\r\n")
        try:
            while len(written) < 10_000:
                written.append(connection.send(b"x" * 65536))
        except OSError:
            pass
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=pour, args=[server])
        thread.start()
        with pytest.raises(NotSent, match="500") as failure:
            sent_to(f"http://127.0.0.1:{server.getsockname()[1]}/hook")
        thread.join()

    assert len(written) < 10_000
    assert len(str(failure.value)) < 300


def test_a_secret_sealed_with_another_key_is_told(sent_to, httpserver, settings):
    def send_with_new_key() -> None:
        httpserver.expect_request("/hook").respond_with_data("")
        sent_to(httpserver.url_for("/hook"))
        settings.SECRET_KEY = "another"
        delivery = Delivery.objects.select_related("event", "subscription").get()
        sending.send(delivery, now=datetime.now(UTC))

    with pytest.raises(NotSent, match="SECRET_KEY_FALLBACKS"):
        send_with_new_key()

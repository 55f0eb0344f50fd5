"""Slack and Teams, in the forms of contracts §3.16 and §3.17, at receivers on this machine."""

import socket
import threading
from datetime import timedelta

import pytest
from werkzeug import Response

from ledger import outbox, timeline
from ledger.channels import calling
from ledger.models import Delivery, Thread
from tests.ledger.channels.conftest import close, command, sent
from tests.living import at

pytestmark = pytest.mark.django_db
TOKEN = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy"
POSTED = {"ok": True, "channel": "C0INC", "ts": "1763676604.000100", "message": {}}


def bodies(httpserver):
    return [(request.path, request.json) for request, _ in httpserver.log]


@pytest.fixture
def bot(receiver):
    return receiver("slack_bot", secret=TOKEN)


def test_an_incoming_webhook_of_slack_is_told_in_blocks(receiver, incident, httpserver):
    httpserver.expect_request("/services/T0/B0/s3cret", method="POST").respond_with_data("ok")
    receiver("slack", secret=httpserver.url_for("/services/T0/B0/s3cret"))
    found = incident(1)

    (delivery,) = sent()

    assert delivery.status == "sent"
    ((_, told),) = bodies(httpserver)
    assert told["text"] == f"SEV-1 {found.ref} Refunds fail: declared"
    assert told["blocks"][0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": f"SEV-1 {found.ref} Refunds fail"},
    }
    assert {"type": "mrkdwn", "text": "*Service*\nrefunds"} in told["blocks"][1]["fields"]
    page = f"<https://tidegate.example.org/incidents/{found.ref}|Open {found.ref}>"
    assert told["blocks"][-1]["text"] == {"type": "mrkdwn", "text": page}


def test_a_bot_keeps_one_message_up_to_date_and_goes_on_below_it(bot, incident, httpserver):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(POSTED)
    httpserver.expect_request("/api/chat.update").respond_with_json(POSTED)
    found = incident(1)
    sent()
    command(found)
    close(found, minutes=1)

    sent()

    told = bodies(httpserver)
    assert [path for path, _ in told] == [
        "/api/chat.postMessage",
        *["/api/chat.update", "/api/chat.postMessage"] * 2,
    ]
    request = httpserver.log[0][0]
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json;charset=utf-8"
    assert told[0][1]["channel"] == "C0INC"
    assert "thread_ts" not in told[0][1]
    update, reply = told[3][1], told[4][1]
    assert (update["channel"], update["ts"]) == ("C0INC", "1763676604.000100")
    assert {"type": "mrkdwn", "text": "*State*\nClosed"} in update["blocks"][1]["fields"]
    assert reply["thread_ts"] == "1763676604.000100"
    assert reply["text"] == "closed\nA queue ran full."
    assert Thread.objects.count() == 1


def test_words_that_would_ring_everybody_ring_nobody(receiver, httpserver, world):
    httpserver.expect_request("/hook").respond_with_data("ok")
    receiver("slack", secret=httpserver.url_for("/hook"), verbs=["change.*"])
    timeline.record(
        subject="CHG-1", verb="change.held", actor="a", at=at(0), data={"note": "<!channel> & <x>"}
    )

    sent()

    assert "&lt;!channel&gt; &amp; &lt;x&gt;" in str(bodies(httpserver)[0][1]["blocks"])
    assert "<!channel>" not in str(bodies(httpserver))


@pytest.mark.parametrize(
    ("error", "status"),
    [("ratelimited", "pending"), ("channel_not_found", "failed"), ("invalid_auth", "failed")],
)
def test_a_no_with_200_is_a_no(bot, incident, httpserver, error, status):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(
        {"ok": False, "error": error}, headers={"Retry-After": "30"}
    )
    incident(1)

    (delivery, *_) = sent()

    assert (delivery.status, delivery.last_error) == (status, f"Slack refused it: {error}.")
    if status == "pending":
        assert delivery.next_attempt_at >= at(1) + timedelta(seconds=30)


def test_a_message_that_is_gone_is_posted_anew(bot, incident, httpserver):
    httpserver.expect_request("/api/chat.postMessage").respond_with_json(POSTED)
    httpserver.expect_request("/api/chat.update").respond_with_json(
        {"ok": False, "error": "message_not_found"}
    )
    found = incident(1)
    sent()
    command(found)

    deliveries = sent()

    assert [one.status for one in deliveries] == ["sent", "sent"]
    assert "thread_ts" not in bodies(httpserver)[-1][1]


def test_a_rate_limit_is_waited_for_and_then_all_comes_in_order(bot, incident, httpserver):
    httpserver.expect_ordered_request("/api/chat.postMessage").respond_with_json(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "40"}
    )
    httpserver.expect_ordered_request("/api/chat.postMessage").respond_with_json(POSTED)
    httpserver.expect_ordered_request("/api/chat.update").respond_with_json(POSTED)
    httpserver.expect_ordered_request("/api/chat.postMessage").respond_with_json(POSTED)
    found = incident(1)
    sent()
    command(found)

    assert outbox.sweep(now=at(1) + timedelta(seconds=39), limit=9) == 0
    assert outbox.sweep(now=at(1) + timedelta(seconds=60), limit=9) == 2

    assert bodies(httpserver)[-1][1]["text"] == "commander assigned"


def test_teams_gets_an_adaptive_card_and_202_is_enough(receiver, incident, httpserver):
    httpserver.expect_request("/workflows/w1/invoke").respond_with_data("", status=202)
    receiver("teams", secret=httpserver.url_for("/workflows/w1/invoke?api-version=1&sig=hush"))
    found = incident(1)

    (delivery,) = sent()

    assert delivery.status == "sent"
    told = bodies(httpserver)[0][1]
    (attachment,) = told["attachments"]
    assert told["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["body"][0]["text"] == f"SEV-1 {found.ref} Refunds fail"
    assert {"title": "Service", "value": "refunds"} in card["body"][-1]["facts"]
    assert card["actions"][0]["url"].endswith(f"/incidents/{found.ref}")


@pytest.mark.parametrize("channel", ["slack", "teams"])
def test_an_address_that_is_a_secret_is_told_to_nobody(receiver, incident, httpserver, channel):
    def parrot(request):
        return Response(f"no such workflow: {request.url}", status=404)

    httpserver.expect_request("/services/T0/B0/hush").respond_with_handler(parrot)
    receiver(channel, secret=httpserver.url_for("/services/T0/B0/hush?sig=hush"))
    found = incident(1)

    delivery, *_ = sent()

    assert delivery.status == "failed"
    assert "hush" not in delivery.last_error
    assert "hush" not in str([event.data for event in timeline.events_of(subject=found.ref)])


def test_an_address_inside_is_not_reached(receiver, incident, httpserver, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    receiver("slack_bot", secret=TOKEN)
    incident(1)

    delivery, *_ = sent()

    assert delivery.status == "failed"
    assert "which is not a public address" in delivery.last_error
    assert httpserver.log == []


def test_a_chat_that_hangs_or_drops_is_tried_again(receiver, incident, monkeypatch):
    monkeypatch.setattr(calling, "TIMEOUT_SECONDS", 0.2)

    def drop(server: socket.socket) -> None:
        connection, _ = server.accept()
        connection.recv(100)
        connection.close()

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        socket.create_server(("127.0.0.1", 0)) as dropping,
    ):
        thread = threading.Thread(target=drop, args=[dropping])
        thread.start()
        for server in (silent, dropping):
            port = server.getsockname()[1]
            receiver("slack", secret=f"http://127.0.0.1:{port}/services/x")
        incident(1)
        deliveries = sent()
        thread.join()

    assert [one.status for one in deliveries] == ["pending", "pending"]
    assert all("could not be reached" in one.last_error for one in Delivery.objects.all())

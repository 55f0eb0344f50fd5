"""apprise: the long tail, in a process of its own that reaches nothing inside."""

import pytest

from ledger.channels import apprise
from ledger.models import Subscription
from tests.ledger.channels.conftest import sent

pytestmark = pytest.mark.django_db


def test_it_tells_what_apprise_knows(receiver, incident, httpserver):
    httpserver.expect_request("/notify").respond_with_data("")
    receiver("apprise", secret=f"json://127.0.0.1:{httpserver.port}/notify")
    found = incident(1)

    (delivery,) = sent()

    assert (delivery.status, delivery.last_error) == ("sent", "")
    told = httpserver.log[0][0].json
    assert told["title"] == f"SEV-1 {found.ref} Refunds fail: declared"
    assert f"https://tidegate.example.org/incidents/{found.ref}" in told["message"]


def test_it_reaches_no_address_inside(receiver, incident, httpserver, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    receiver("apprise", secret=f"json://127.0.0.1:{httpserver.port}/notify")
    incident(1)

    delivery, *_ = sent()

    assert delivery.status == "failed"
    assert delivery.last_error.startswith("The address leads to 127.0.0.1, which is not a public")
    assert httpserver.log == []


def test_an_address_it_cannot_read_is_given_up_without_a_word_of_it(receiver, incident):
    receiver("apprise", secret="pigeon://hush")
    incident(1)

    delivery, *_ = sent()

    assert (delivery.status, delivery.last_error) == (
        "failed",
        "apprise cannot read the address.",
    )
    assert b"hush" not in bytes(Subscription.objects.get(is_active=True).sealed_secret)


def test_a_receiver_that_fails_is_tried_again(receiver, incident, httpserver):
    httpserver.expect_request("/notify").respond_with_data("", status=500)
    receiver("apprise", secret=f"json://127.0.0.1:{httpserver.port}/notify")
    incident(1)

    (delivery,) = sent()

    assert delivery.status == "pending"
    assert "did not take it" in delivery.last_error


def test_it_is_not_waited_for_long(receiver, incident, httpserver, monkeypatch):
    monkeypatch.setattr(apprise, "LONGEST_SECONDS", 0.01)
    receiver("apprise", secret=f"json://127.0.0.1:{httpserver.port}/notify")
    incident(1)

    (delivery,) = sent()

    assert (delivery.status, delivery.last_error) == (
        "pending",
        "apprise took longer than 0.01 seconds.",
    )

"""Statuspage, in the forms of contracts §3.18, at a page on this machine."""

from datetime import timedelta

import pytest
from django.db import transaction

from ledger import outbox, timeline
from ledger.models import Delivery, Thread
from tests.ledger.channels.conftest import KEY, sent
from tests.living import at

pytestmark = pytest.mark.django_db
PAGE = "/v1/pages/p1/incidents"


@pytest.fixture
def page(receiver):
    return receiver("statuspage", target="p1", components={"refunds": "k1"})


@pytest.fixture
def publish(incident):
    found = incident(2)

    def published(status="identified", *, minutes=0, public=True, **given):
        data = {
            "status": status,
            "message": "A deploy is being rolled back.",
            "public": public,
            "title": "Refunds are slow",
            "services": ["refunds", "unknown"],
            **given,
        }
        with transaction.atomic():
            timeline.record(
                subject=found.ref,
                verb="incident.update_published",
                actor="oncall",
                at=at(minutes),
                data=data,
            )
        return found

    return published


def test_the_first_public_update_creates_it_and_the_next_brings_it_up_to_date(
    publish, page, httpserver
):
    httpserver.expect_request(PAGE, method="GET").respond_with_json([])
    httpserver.expect_request(PAGE, method="POST").respond_with_json({"id": "p31"}, status=201)
    httpserver.expect_request(f"{PAGE}/p31", method="PATCH").respond_with_json({"id": "p31"})
    found = publish()
    sent()
    publish("resolved", minutes=1)

    deliveries = sent()

    assert [one.status for one in deliveries] == ["sent", "sent"]
    asked = [(request.method, request.path) for request, _ in httpserver.log]
    assert asked == [("GET", PAGE), ("POST", PAGE), ("PATCH", f"{PAGE}/p31")]
    assert httpserver.log[1][0].headers["Authorization"] == f"OAuth {KEY}"
    assert httpserver.log[1][0].json == {
        "incident": {
            "name": "Refunds are slow",
            "status": "identified",
            "impact_override": "major",
            "body": "A deploy is being rolled back.",
            "component_ids": ["k1"],
            "components": {"k1": "partial_outage"},
            "deliver_notifications": True,
            "metadata": {"tidegate": {"id": found.ref}},
        }
    }
    assert httpserver.log[2][0].json["incident"]["components"] == {"k1": "operational"}


def test_one_that_was_created_before_a_worker_was_lost_is_found_again(publish, page, httpserver):
    found = publish()
    httpserver.expect_request(PAGE, method="GET").respond_with_json(
        [
            {"id": "other", "metadata": {}},
            {"id": "p31", "metadata": {"tidegate": {"id": found.ref}}},
        ]
    )
    httpserver.expect_request(f"{PAGE}/p31", method="PATCH").respond_with_json({"id": "p31"})

    (delivery,) = sent()

    assert delivery.status == "sent"
    assert Thread.objects.get().remote_id == "p31"


def test_what_is_internal_stays_inside(publish, page, httpserver):
    publish(public=False)

    (delivery,) = sent()

    assert delivery.status == "dropped"
    assert httpserver.log == []


@pytest.mark.parametrize("status", [420, 429])
def test_over_the_limit_a_minute_is_waited(publish, page, httpserver, status):
    httpserver.expect_request(PAGE).respond_with_json({"error": "slow down"}, status=status)
    publish()

    (delivery,) = sent()

    assert delivery.status == "pending"
    assert delivery.next_attempt_at >= at(1) + timedelta(seconds=60)
    assert outbox.sweep(now=at(1.5), limit=5) == 0
    assert Delivery.objects.get().attempts == 1

"""PagerDuty and Opsgenie, in the forms of contracts §3.3 and §3.8."""

from datetime import timedelta

import pytest

from ledger import standings
from ledger.channels import paging
from ledger.channels.failures import NotNeeded
from ledger.channels.wording import Telling
from ledger.models import Event
from tests.ledger.channels.conftest import KEY, close, command, sent
from tests.living import at

pytestmark = pytest.mark.django_db
ACCEPTED = {"status": "success", "message": "Event processed", "dedup_key": "k"}


def told(httpserver):
    return [(request.full_path.rstrip("?"), request.json) for request, _ in httpserver.log]


def test_pagerduty_is_triggered_and_resolved_by_one_dedup_key(receiver, incident, httpserver):
    httpserver.expect_request("/v2/enqueue").respond_with_json(ACCEPTED, status=202)
    receiver("pagerduty")
    found = incident(1)
    sent()
    command(found)
    close(found, minutes=1)

    deliveries = sent()

    assert [one.status for one in deliveries] == ["sent", "dropped", "sent"]
    (_, trigger), (_, resolve) = told(httpserver)
    assert trigger == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": f"tidegate-{found.ref}",
        "payload": {
            "summary": f"SEV-1 {found.ref} Refunds fail",
            "source": "refunds",
            "severity": "critical",
            "timestamp": "2026-11-18T08:00:00Z",
            "component": "refunds",
            "custom_details": trigger["payload"]["custom_details"],
        },
        "links": [
            {"href": f"https://tidegate.example.org/incidents/{found.ref}", "text": found.ref}
        ],
        "client": "Tidegate",
        "client_url": f"https://tidegate.example.org/incidents/{found.ref}",
    }
    assert trigger["payload"]["custom_details"]["state"] == "Declared"
    assert resolve == {
        "routing_key": KEY,
        "event_action": "resolve",
        "dedup_key": f"tidegate-{found.ref}",
    }


@pytest.mark.parametrize(
    ("status", "kept"), [(429, "pending"), (500, "pending"), (400, "failed"), (403, "failed")]
)
def test_pagerduty_is_asked_again_unless_it_says_no(receiver, incident, httpserver, status, kept):
    httpserver.expect_request("/v2/enqueue").respond_with_json(
        {"status": "invalid event", "message": f"bad {KEY}", "errors": []}, status=status
    )
    receiver("pagerduty")
    incident(1)

    delivery, *_ = sent()

    assert delivery.status == kept
    assert f"answered {status}" in delivery.last_error
    assert KEY not in delivery.last_error


def test_opsgenie_is_told_by_alias(receiver, incident, httpserver):
    taken = {"result": "Request will be processed", "took": 0.107, "requestId": "r"}
    httpserver.expect_request("/v2/alerts", method="POST").respond_with_json(taken, status=202)
    receiver("opsgenie")
    found = incident(2)
    alias = f"tidegate-{found.ref}"
    httpserver.expect_request(f"/v2/alerts/{alias}/close").respond_with_json(taken, status=202)
    sent()
    close(found)

    sent()

    (_, created), (path, closed) = told(httpserver)
    assert httpserver.log[0][0].headers["Authorization"] == f"GenieKey {KEY}"
    assert created["message"] == f"SEV-2 {found.ref} Refunds fail"
    assert (created["alias"], created["priority"], created["entity"]) == (alias, "P2", "refunds")
    assert created["details"] == {"incident": found.ref, "service": "refunds"}
    assert path == f"/v2/alerts/{alias}/close?identifierType=alias"
    assert closed == {"source": "Tidegate", "user": "oncall", "note": "closed"}


def test_a_page_waits_as_long_as_it_is_asked_to(receiver, incident, httpserver):
    httpserver.expect_request("/v2/alerts").respond_with_json(
        {"message": "You are making too many requests!"}, status=429, headers={"Retry-After": "45"}
    )
    receiver("opsgenie")
    incident(1)

    delivery, *_ = sent()

    assert delivery.next_attempt_at >= at(1) + timedelta(seconds=45)


@pytest.mark.parametrize("verb", ["incident.declared", "incident.acknowledged"])
def test_only_a_page_that_nobody_got_is_told_on_the_timeline(verb):
    standing = standings.Standing("INC-7", "Down", "Resolved", 1, "refunds", over=True)
    event = Event(subject="INC-7", verb=verb, actor="a", at=at(0))

    with pytest.raises(NotNeeded) as stale:
        paging.act_of(Telling(event, standing), tool="PagerDuty")

    assert str(stale.value) == "INC-7 was resolved before this was sent."
    assert stale.value.told is (verb == "incident.declared")

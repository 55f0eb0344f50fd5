"""Waiting for the gate: politely, and no longer than was said."""

from clients import tidegate
from tests.clients.conftest import GATE, Client
from tests.clients.hostile import (
    Does,
    Handler,
    Hostile,
    answer,
    drops,
    gives,
    problem,
)

ASK, POLL, PLACE = "/api/v1/gate", "/api/v1/gate/decisions/d1", "/api/v1/gate/queue/41"
WAIT = gives(answer("wait"))
ALLOW = gives(answer("allow"))


def unchanged(handler: Handler) -> None:
    handler.send_response(304)
    handler.send_header("Retry-After", "5")
    handler.end_headers()


def polled(body: dict[str, object], etag: str = '"2"') -> Does:
    return gives(body, ETag=etag)


def test_where_the_decision_cannot_be_polled_it_asks_again(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, WAIT, WAIT, ALLOW)

    ended = client(*GATE, "--wait")

    assert ended.code == tidegate.ALLOW
    asks = [path for path in hostile.paths() if path in (f"POST {ASK}", f"GET {POLL}")]
    assert asks == [f"POST {ASK}", f"GET {POLL}", f"POST {ASK}", f"POST {ASK}"]
    assert all(1.0 <= nap <= 1.1 for nap in naps)


def test_a_log_of_decisions_is_not_taken_for_the_present_one(
    client: Client, hostile: Hostile, naps: list[float]
):
    logged = {"decision": "allow", "decision_id": "d1", "reasons": [], "expires_at": None}
    hostile.told(POLL, gives(logged))
    hostile.told(ASK, WAIT, gives(answer("deny")))

    assert client(*GATE, "--wait").code == tidegate.DENY


def test_it_polls_cheaply_where_that_is_offered(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, WAIT)
    still = polled(answer("wait", retry_after_seconds=7), '"1"')
    hostile.told(POLL, still, unchanged, unchanged, polled(answer("allow")))

    ended = client(*GATE, "--wait")

    known = [h.get("If-None-Match") for _, path, h, _ in hostile.asked if path == POLL]
    assert (ended.code, known) == (tidegate.ALLOW, [None, '"1"', '"1"', '"1"'])
    assert hostile.paths().count(f"POST {ASK}") == 1
    assert [int(nap) for nap in naps] == [1, 7, 5, 5]


def test_an_allow_that_shows_no_permit_is_asked_for_it(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, WAIT, ALLOW)
    hostile.told(POLL, polled(answer("allow", permit=None)))

    assert client(*GATE, "--wait").code == tidegate.ALLOW
    assert hostile.paths().count(f"POST {ASK}") == 2


def test_without_wait_it_says_so_and_ends(client: Client, hostile: Hostile, naps: list[float]):
    hostile.told(ASK, WAIT)

    ended = client(*GATE)

    assert (ended.code, naps) == (tidegate.DENY, [])
    assert "warning: production is frozen until Mon." in ended.log
    assert "  queue: 3rd of 12" in ended.log.splitlines()


def test_it_ends_when_time_is_up_and_leaves_the_queue(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, gives(answer("wait", retry_after_seconds=600)))

    ended = client(*GATE, "--wait=30m")

    assert ended.code == tidegate.DENY
    assert "error: Stopped waiting after 30 min." in ended.log.splitlines()
    assert hostile.paths().count(f"DELETE {PLACE}") == 1
    assert 1795 < sum(naps) <= 1800
    assert ended.log.count("queue: 3rd of 12") == 2


def test_an_outage_while_waiting_makes_no_yes_of_a_wait(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, WAIT, drops)

    ended = client(*GATE, "--wait=5m", "--patience", "0s")

    assert ended.code == tidegate.DENY
    assert "The gate no longer answered" in ended.log
    assert "Allowed without the gate" not in ended.log


def test_a_hiccup_while_waiting_is_waited_out(client: Client, hostile: Hostile, naps: list[float]):
    hostile.told(ASK, WAIT, drops, problem(503, "unavailable"), gives({}, 500), ALLOW)

    assert client(*GATE, "--wait", "--patience", "0s").code == tidegate.ALLOW


def test_a_token_that_is_revoked_while_waiting_ends_it(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(ASK, WAIT, problem(401, "token_revoked", "The token was revoked."))

    ended = client(*GATE, "--wait")

    assert ended.code == tidegate.USAGE
    assert "The token was revoked." in ended.log


def test_what_is_said_again_is_said_rarely(client: Client, hostile: Hostile, naps: list[float]):
    places = [
        answer("wait", retry_after_seconds=60, queue={"id": 41, "message": f"{n}th of 12"})
        for n in range(30, 0, -1)
    ]
    hostile.told(ASK, *map(gives, places), ALLOW)

    ended = client(*GATE, "--wait")

    assert ended.code == tidegate.ALLOW
    assert 5 <= ended.log.count("  queue: ") <= 8

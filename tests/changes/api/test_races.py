"""Two requests at once, over real threads and connections: one wins, the other is told why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from changes.models import Change, Deployment, Vote
from ledger.models import Event
from tests.changes.api import world
from tests.changes.api.world import PLAN, caller, filed, period, said, scheduled, token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def organisation(transactional_db: None) -> None:
    world.build()


def together(*requests: Callable[[], Any]) -> list[Any]:
    """Send the requests at the same moment, each from its own thread; answers by status."""
    barrier = Barrier(len(requests))

    def send(request: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return request()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(requests)) as threads:
        answers = list(threads.map(send, requests))
    return sorted(answers, key=lambda answer: answer.status_code)


def chain_of(ref: str) -> list[bool]:
    """Whether each event follows the one before."""
    events = list(Event.objects.filter(subject=ref).order_by("position"))
    return [
        later.previous_digest == earlier.digest and later.position == earlier.position + 1
        for earlier, later in pairwise(events)
    ]


def test_two_starts_at_once_start_it_once():
    ref = scheduled()
    one, two = caller("engineer"), caller("ci")

    won, lost = together(
        lambda: one.post(f"/changes/{ref}/start"), lambda: two.post(f"/changes/{ref}/start")
    )

    assert (won.status_code, lost.status_code) == (200, 409)
    assert "wrong_state" in [reason["code"] for reason in lost.json()["reasons"]]
    assert said(ref).count("change.started") == 1
    assert all(chain_of(ref))


def test_two_deployments_with_one_permit_start_one():
    ref = scheduled()
    ci = caller("ci")
    question = {name: PLAN[name] for name in ("service", "environment", "revision")}
    report = {"permit": ci.post("/gate", question).json()["permit"], "status": "started"}

    won, lost = together(
        lambda: ci.post("/deployments", report), lambda: ci.post("/deployments", report)
    )

    assert (won.status_code, lost.status_code) == (201, 409)
    assert lost.json()["code"] == "permit_used"
    assert Deployment.objects.count() == 1
    assert said(ref)[-2:] == ["change.started", "deployment.started"]
    assert all(chain_of(ref))


def test_two_edits_of_one_edition_let_one_in():
    ref = filed()
    one, two = caller("engineer"), caller("peer")
    etag = one.get(f"/changes/{ref}")["ETag"]

    won, lost = together(
        lambda: one.patch(f"/changes/{ref}", {"title": "By one"}, If_Match=etag),
        lambda: two.patch(f"/changes/{ref}", {"title": "By two"}, If_Match=etag),
    )

    assert (won.status_code, lost.status_code) == (200, 412)
    assert Change.objects.get().title == won.json()["title"]
    assert said(ref) == ["change.created", "change.edited"]


def test_one_persons_two_votes_at_once_count_once():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    owner = caller("owner")

    won, lost = together(
        lambda: owner.post(f"/changes/{ref}/votes", {"decision": "approve"}),
        lambda: owner.post(f"/changes/{ref}/votes", {"decision": "abstain"}),
    )

    assert (won.status_code, lost.status_code, lost.json()["code"]) == (201, 409, "already_voted")
    assert Vote.objects.count() == 1


def test_the_last_two_votes_at_once_schedule_it_once():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    for name in ("peer", "owner"):
        caller(name).post(f"/changes/{ref}/votes", {"decision": "approve"})
    one, two = caller("cab-1"), caller("cab-2")

    answers = together(
        lambda: one.post(f"/changes/{ref}/votes", {"decision": "approve"}),
        lambda: two.post(f"/changes/{ref}/votes", {"decision": "approve"}),
    )

    assert [answer.status_code for answer in answers] == [201, 201]
    assert said(ref)[-3:] == ["vote.cast", "vote.cast", "change.approved"]
    assert all(chain_of(ref))


def test_one_key_sent_twice_at_once_files_one_change():
    engineer = caller("engineer")

    first, second = together(
        lambda: engineer.post("/changes", PLAN, Idempotency_Key="k"),
        lambda: engineer.post("/changes", PLAN, Idempotency_Key="k"),
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["ref"] == second.json()["ref"]
    assert Change.objects.count() == 1


def test_two_windows_of_one_name_at_once_open_one():
    manager = caller("manager")
    window = {
        "name": "Sale",
        "effect": "freeze",
        "starts_at": "2031-01-01T00:00:00Z",
        "ends_at": "2031-01-02T00:00:00Z",
    }

    won, lost = together(
        lambda: manager.post("/windows", window), lambda: manager.post("/windows", window)
    )

    assert (won.status_code, lost.status_code) == (201, 422)
    assert list(lost.json()["errors"]) == ["name"]


def test_two_pipelines_that_open_a_change_at_once_open_one():
    question = {
        "service": "refunds",
        "environment": "production",
        "revision": "r1",
        "open": {"template": "restart-service"},
    }
    one, two = world.Caller(token("ci")), world.Caller(token("ci"))

    answers = together(lambda: one.post("/gate", question), lambda: two.post("/gate", question))

    assert [answer.json()["decision"] for answer in answers] == ["allow", "allow"]
    assert len({answer.json()["change"] for answer in answers}) == 1
    assert Change.objects.count() == 1


def test_closing_against_rolling_back_leaves_one_story():
    ref = scheduled(**period())
    engineer, ci = caller("engineer"), caller("ci")
    engineer.post(f"/changes/{ref}/start")
    engineer.post(f"/changes/{ref}/finish")

    won, lost = together(
        lambda: engineer.post(f"/changes/{ref}/close", {"outcome": "successful", "note": "Fine."}),
        lambda: ci.post(f"/changes/{ref}/roll_back", {"note": "Failures doubled."}),
    )

    assert (won.status_code, lost.status_code) == (200, 409)
    change = Change.objects.get()
    assert (change.state, change.rolled_back_at is None) in [
        ("closed", True),
        ("validating", False),
    ]
    assert all(chain_of(ref))

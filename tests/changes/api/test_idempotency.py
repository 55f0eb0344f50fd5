"""A write sent twice with one key is done once."""

import pytest

from changes.models import Change, Check, Vote, Window
from tests.changes.api.world import PLAN, caller, filed, period, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")


def test_filing_twice_with_one_key_files_one_change():
    engineer = caller("engineer")

    first = engineer.post("/changes", PLAN, Idempotency_Key="k1")
    again = engineer.post("/changes", PLAN, Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert not first.has_header("Idempotency-Replayed")
    assert Change.objects.count() == 1


def test_the_same_key_for_another_request_is_refused():
    engineer = caller("engineer")
    engineer.post("/changes", PLAN, Idempotency_Key="k1")

    answer = engineer.post("/changes", {**PLAN, "title": "Another"}, Idempotency_Key="k1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Change.objects.count() == 1


def test_two_people_may_use_the_same_key():
    caller("engineer").post("/changes", PLAN, Idempotency_Key="k1")
    caller("peer").post("/changes", PLAN, Idempotency_Key="k1")

    assert Change.objects.count() == 2


def test_every_write_honours_its_key():
    ref = scheduled(required_checks=["smoke-test"])
    engineer, manager, owner = caller("engineer"), caller("manager"), caller("owner")
    other = filed(service="refunds", environment="staging", external_id="second", **period())
    steps = [
        (engineer, "PATCH", f"/changes/{other}", {"title": "Another title"}),
        (engineer, "POST", f"/changes/{other}/submit", {}),
        (owner, "POST", f"/changes/{other}/votes", {"decision": "abstain"}),
        (engineer, "POST", f"/changes/{other}/hold", {"reason": "r"}),
        (engineer, "POST", f"/changes/{other}/resume", {}),
        (engineer, "POST", f"/changes/{other}/cancel", {"reason": "r"}),
        (caller("ci"), "POST", "/deployments", {"change": ref, "status": "started"}),
        (engineer, "POST", f"/changes/{ref}/checks", {"name": "smoke-test", "passed": True}),
        (engineer, "POST", f"/changes/{ref}/finish", {}),
        (engineer, "POST", f"/changes/{ref}/close", {"outcome": "successful", "note": "n"}),
        (
            manager,
            "POST",
            "/windows",
            {
                "name": "Sale",
                "effect": "freeze",
                "starts_at": "2031-01-01T00:00:00Z",
                "ends_at": "2031-01-02T00:00:00Z",
            },
        ),
    ]

    for number, (who, method, path, body) in enumerate(steps):
        first = who.send(method, path, body, Idempotency_Key=f"k{number}")
        after = written()
        again = who.send(method, path, body, Idempotency_Key=f"k{number}")

        assert first.status_code in (200, 201), (path, first.content)
        assert (again.status_code, again.json()) == (first.status_code, first.json()), path
        assert again["Idempotency-Replayed"] == "true"
        assert written() == after

    assert (Check.objects.count(), Vote.objects.filter(decision="abstain").count()) == (1, 1)
    assert Window.objects.filter(name="Sale").count() == 1


def test_a_refused_write_may_be_tried_again_with_its_key():
    ref = filed(rollback_plan="")
    engineer = caller("engineer")

    refused = engineer.post(f"/changes/{ref}/submit", {}, Idempotency_Key="k1")
    engineer.patch(f"/changes/{ref}", {"rollback_plan": "Back."})
    accepted = engineer.post(f"/changes/{ref}/submit", {}, Idempotency_Key="k1")

    assert (refused.status_code, accepted.status_code) == (409, 200)
    assert said(ref)[-1] == "change.submitted"


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00e9"])
def test_a_key_that_cannot_be_one_is_refused(key):
    before = written()

    answer = caller("engineer").post("/changes", PLAN, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert written() == before

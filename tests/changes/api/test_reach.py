"""How far a token reaches that is limited to services or teams."""

import pytest

from tests.changes.api.world import (
    PLAN,
    caller,
    filed,
    period,
    said,
    scheduled,
    written,
)

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


LIMITS = [
    {"services": ("search",)},
    {"teams": ("platform",)},
    {"environments": ("staging",)},
]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limited_token_does_not_reach_other_services(limit):
    ref = filed()
    before = written()
    limited = caller("engineer", **limit)
    bodies = {
        "submit": {},
        "revise": {},
        "start": {},
        "break_glass": {"reason": "r"},
        "finish": {},
        "roll_back": {"note": "n"},
        "review": {"text": "t"},
        "close": {"outcome": "successful", "note": "n"},
        "cancel": {"reason": "r"},
        "hold": {"reason": "r"},
        "resume": {},
        "votes": {"decision": "approve"},
        "checks": {"name": "n", "passed": True},
    }

    answers = [
        limited.get(f"/changes/{ref}"),
        limited.get(f"/changes/{ref}/timeline"),
        limited.patch(f"/changes/{ref}", {"title": "T"}),
        *(limited.post(f"/changes/{ref}/{verb}", body) for verb, body in bodies.items()),
        limited.post("/changes", PLAN),
        limited.post("/gate", QUESTION),
        limited.get("/gate/explain", **QUESTION),
        limited.get("/gate/explain", service="payments-api", environment="production"),
        limited.post("/deployments", {"change": ref, "status": "started"}),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "not_permitted")}
    assert written() == before


@pytest.mark.parametrize(
    "limit",
    [
        {"services": ("payments-api",)},
        {"teams": ("payments",)},
        {"environments": ("production",)},
        {"teams": ("payments",), "environments": ("production",)},
    ],
)
def test_a_limited_token_reaches_its_own(limit):
    limited = caller("engineer", **limit)

    ref = limited.post("/changes", {**PLAN, **period()}).json()["ref"]

    assert limited.get(f"/changes/{ref}").status_code == 200
    assert limited.post(f"/changes/{ref}/submit").status_code == 200
    assert limited.post("/gate", QUESTION).status_code == 200


def test_a_limited_token_does_not_move_a_change_out_of_its_reach():
    ref = filed()

    answers = [
        caller("engineer", **limit).patch(f"/changes/{ref}", moved)
        for limit, moved in (
            ({"services": ("payments-api",)}, {"service": "search"}),
            ({"environments": ("production",)}, {"environment": "staging"}),
        )
    ]

    assert {one.status_code for one in answers} == {403}
    assert said(ref) == ["change.created"]


@pytest.mark.parametrize("limit", LIMITS)
def test_lists_leave_out_what_a_limited_token_does_not_reach(limit):
    filed()
    mine = filed(by="stranger", service="search", environment="staging")
    caller("ci", "gate").post("/gate", QUESTION)
    caller("ci", "gate").post("/gate", {"service": "search", "environment": "staging"})
    limited = caller("engineer", **limit)

    changes = limited.get("/changes").json()
    decisions = limited.get("/gate/decisions").json()

    assert ([one["ref"] for one in changes["results"]], changes["count"]) == ([mine], "1")
    assert [one["service"] for one in decisions["results"]] == ["search"]


def test_a_limited_token_does_not_read_a_decision_beyond_its_reach():
    decision = caller("ci", "gate").post("/gate", QUESTION).json()["decision_id"]

    answer = caller("engineer", services=("search",)).get(f"/gate/decisions/{decision}")

    assert answer.status_code == 404


def test_a_limited_token_learns_nothing_of_a_foreign_change_at_the_gate():
    ref = scheduled()
    before = written()

    answer = caller("ci", services=("search",)).post(
        "/gate", {"service": "search", "environment": "staging", "change": ref}
    )

    assert answer.status_code == 403
    assert "4f1c2d9" not in answer.content.decode()
    assert written() == before


def test_a_limited_token_reports_no_deployment_by_a_foreign_permit():
    ref = scheduled()
    permit = caller("ci", "gate").post("/gate", QUESTION).json()["permit"]

    answer = caller("ci", services=("search",)).post(
        "/deployments", {"permit": permit, "status": "started"}
    )

    assert answer.status_code == 403
    assert said(ref)[-1] == "change.approved"

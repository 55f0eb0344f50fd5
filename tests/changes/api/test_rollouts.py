"""A canary over REST: steps are reported, and polled until the next may begin."""

from typing import Any

import pytest

from changes import sampling
from changes.models import StepMeasure
from tests.changes.api.world import Caller, caller, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")
CANARY = {"rollout": "canary", "canary_steps": [5, 100], "canary_soak_minutes": [0]}


def started(**plan: Any) -> tuple[str, Caller]:
    """A canary that runs, and its pipeline."""
    ref, ci = scheduled(**{**CANARY, **plan}), caller("ci", "gate")
    answer = ci.post("/deployments", {"change": ref, "status": "started"})
    assert (answer.status_code, answer.json()["step"]["verdict"]) == (201, "proceed")
    return ref, ci


def step(ci: Caller, ref: str, percent: int) -> Any:
    return ci.post("/deployments", {"change": ref, "status": "step", "percent": percent})


def looked(ref: str, *, passed: bool | None = None) -> None:
    """A check is reported, where it is, and a worker looks when it does next."""
    if passed is not None:
        report = {"name": "smoke", "passed": passed}
        assert caller("engineer").post(f"/changes/{ref}/checks", report).status_code == 201
    (due,) = StepMeasure.objects.filter(due_at__isnull=False)
    assert sampling.look_at_steps(now=due.due_at)


def test_a_canary_goes_out_by_what_its_answers_say():
    ref, ci = started()

    first = step(ci, ref, 5)
    looked(ref)
    blind = ci.get(f"/changes/{ref}/rollout").json()["step"]
    early = step(ci, ref, 100)
    looked(ref, passed=True)
    ready = ci.get(f"/changes/{ref}/rollout").json()["step"]
    second = step(ci, ref, 100)
    refused = ci.post("/deployments", {"change": ref, "status": "succeeded"})
    looked(ref, passed=True)
    whole = ci.get(f"/changes/{ref}/rollout").json()
    ended = ci.post("/deployments", {"change": ref, "status": "succeeded"})

    assert (first.status_code, first.json()["percent"]) == (201, 5)
    assert (first.json()["step"]["verdict"], first.json()["step"]["next_percent"]) == ("soak", 100)
    assert (blind["verdict"], blind["ready_at"], blind["retry_after_seconds"]) == ("soak", None, 30)
    (figure,) = blind["figures"]
    assert (figure["check"], figure["found"]) == ("reported checks", "empty")
    assert (early.status_code, early.json()["code"]) == (409, "step_not_stable")
    assert (ready["verdict"], ready["percent"], ready["next_percent"]) == ("proceed", 5, 100)
    assert second.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "step_not_stable")
    assert (whole["step"]["verdict"], whole["step"]["next_percent"]) == ("proceed", None)
    assert [(one["percent"], one["state"]) for one in whole["steps"]] == [
        (5, "stable"),
        (100, "stable"),
    ]
    assert (ended.json()["state"], ended.json()["step"]) == ("validating", None)


def test_a_step_that_failed_answers_roll_back_with_its_figures():
    ref, ci = started()
    step(ci, ref, 5)
    looked(ref, passed=False)

    polled = ci.get(f"/changes/{ref}/rollout").json()
    again = step(ci, ref, 5)
    further = step(ci, ref, 100)
    back = ci.post("/deployments", {"change": ref, "status": "rolled_back", "detail": "v1"})

    assert (polled["step"]["verdict"], polled["step"]["next_percent"]) == ("roll_back", None)
    assert polled["step"]["reasons"][0]["code"] == "step_failed"
    assert polled["step"]["figures"][0]["said"] == "smoke failed since the step began."
    assert (again.status_code, again.json()["step"]["verdict"]) == (200, "roll_back")
    assert (further.status_code, further.json()["code"]) == (409, "step_failed")
    assert (back.status_code, back.json()["state"]) == (201, "validating")
    assert said(ref)[-3:-1] == ["deployment.step_failed", "change.rolled_back"]


def test_it_is_polled_for_next_to_nothing():
    ref, ci = started()
    step(ci, ref, 5)
    first = ci.get(f"/changes/{ref}/rollout")

    same = ci.send("GET", f"/changes/{ref}/rollout", If_None_Match=first["ETag"])
    looked(ref)
    other = ci.send("GET", f"/changes/{ref}/rollout", If_None_Match=first["ETag"])

    assert (same.status_code, same.content, same["Retry-After"]) == (304, b"", "30")
    assert other.status_code == 200


def test_a_change_without_steps_has_none_and_takes_none():
    ref, ci = scheduled(), caller("ci", "gate")
    ci.post("/deployments", {"change": ref, "status": "started"})

    polled = ci.get(f"/changes/{ref}/rollout").json()
    refused = step(ci, ref, 5)

    assert (polled["step"]["verdict"], polled["steps"]) == (None, [])
    assert (refused.status_code, refused.json()["code"]) == (409, "no_canary_steps")


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({"status": "step"}, "percent"),
        ({"status": "step", "percent": None}, "percent"),
        ({"status": "step", "percent": 0}, "percent"),
        ({"status": "step", "percent": 101}, "percent"),
        ({"status": "step", "percent": "25"}, "percent"),
        ({"status": "step", "percent": 12.5}, "percent"),
        ({"status": "step", "percent": True}, "percent"),
        ({"status": "step", "percent": 25}, "percent"),  # none of the plan
        ({"status": "succeeded", "percent": 5}, "percent"),
    ],
)
def test_a_wrong_step_names_the_field(report: dict[str, Any], field: str):
    ref, ci = started()
    before = written()

    answer = ci.post("/deployments", {"change": ref, **report})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before


def test_a_token_for_other_services_neither_sees_nor_steps():
    ref, _ = started()
    elsewhere = caller("ci", "gate", services=("search",))

    assert elsewhere.get(f"/changes/{ref}/rollout").status_code == 403
    assert step(elsewhere, ref, 5).status_code == 403
    assert caller("ci", "alerts:write").get(f"/changes/{ref}/rollout").status_code == 403
    assert caller("ci", "gate").get("/changes/CHG-7777/rollout").status_code == 404

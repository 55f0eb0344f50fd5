"""Tasks of a change over REST."""

import pytest

from changes.models import Task
from tests.changes.api.world import caller, filed, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")
LOAD = {"kind": "implement", "title": "Load the model", "assignee": "engineer"}


def test_a_task_goes_from_open_to_done():
    ref = filed()
    engineer = caller("engineer")

    added = engineer.post(f"/changes/{ref}/tasks", LOAD)
    begun = engineer.post(f"/changes/{ref}/tasks/1/start")
    done = engineer.post(f"/changes/{ref}/tasks/1/finish", {})

    assert (added.status_code, added.json()["number"], added.json()["state"]) == (201, 1, "open")
    assert [one.json()["state"] for one in (begun, done)] == ["in_progress", "done"]
    assert (done.json()["ended_by"], done.json()["verbs"]["reopen"]["allowed"]) == (
        "engineer",
        True,
    )
    assert engineer.get(f"/changes/{ref}").json()["tasks"] == [done.json()]
    assert engineer.get(f"/changes/{ref}/tasks").json() == [done.json()]
    assert engineer.get(f"/changes/{ref}/tasks/1").json() == done.json()


def test_an_open_task_is_named_when_finishing_is_refused():
    ref = filed()
    engineer = caller("engineer")
    engineer.post(f"/changes/{ref}/tasks", LOAD)
    scheduled_now(ref)
    engineer.post(f"/changes/{ref}/start")

    refused = engineer.post(f"/changes/{ref}/finish", {})

    (reason,) = refused.json()["reasons"]
    assert (refused.status_code, reason["code"]) == (409, "tasks_open")
    assert reason["message"] == "Task 1 “Load the model” is open."


def scheduled_now(ref: str) -> None:
    caller("engineer").post(f"/changes/{ref}/submit")
    for name in ("peer", "owner", "cab-1", "cab-2"):
        caller(name).post(f"/changes/{ref}/votes", {"decision": "approve"})


def test_a_deployment_that_succeeded_is_kept_while_a_task_is_open():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/tasks", LOAD)
    scheduled_now(ref)
    ci = caller("ci")
    for status in ("started", "succeeded"):
        answer = ci.post("/deployments", {"change": ref, "status": status})
        assert answer.status_code == 201, answer.content

    assert caller("engineer").get(f"/changes/{ref}").json()["state"] == "implementing"
    assert said(ref)[-2:] == ["change.check_reported", "deployment.succeeded"]
    caller("engineer").post(f"/changes/{ref}/tasks/1/finish")
    assert caller("engineer").post(f"/changes/{ref}/finish").json()["state"] == "validating"


def test_editing_says_what_is_wrong_and_writes_nothing():
    ref = filed()
    engineer = caller("engineer")
    engineer.post(f"/changes/{ref}/tasks", LOAD)
    before = (written(), Task.objects.values())

    answers = {
        "assignee": engineer.patch(f"/changes/{ref}/tasks/1", {"assignee": "nobody-here"}),
        "title": engineer.patch(f"/changes/{ref}/tasks/1", {"title": ""}),
        "kind": engineer.patch(f"/changes/{ref}/tasks/1", {"kind": "cook"}),
        "reason": engineer.post(f"/changes/{ref}/tasks/1/waive", {}),
        "planned_end_at": engineer.patch(
            f"/changes/{ref}/tasks/1", {"planned_start_at": "2026-11-23T09:00:00Z"}
        ),
    }

    for field, answer in answers.items():
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before[0]
    assert list(Task.objects.values()) == list(before[1])


def test_unknown_tasks_and_changes_are_404():
    ref = filed()
    engineer = caller("engineer")

    assert engineer.get(f"/changes/{ref}/tasks/7").status_code == 404
    assert engineer.post(f"/changes/{ref}/tasks/7/start").status_code == 404
    assert engineer.get("/changes/CHG-999999/tasks").status_code == 404
    assert engineer.post("/changes/CHG-999999/tasks", LOAD).status_code == 404


def test_strangers_and_limited_tokens_are_refused():
    ref = scheduled()
    caller("engineer").post(f"/changes/{ref}/tasks", {**LOAD, "kind": "test"})
    before = written()

    stranger = caller("stranger").post(f"/changes/{ref}/tasks/1/finish")
    adding = caller("stranger").post(f"/changes/{ref}/tasks", LOAD)
    elsewhere = caller("engineer", services=("search",)).get(f"/changes/{ref}/tasks")
    reading = caller("engineer", "changes:read").post(f"/changes/{ref}/tasks", LOAD)

    codes = [one.status_code for one in (stranger, adding, elsewhere, reading)]
    assert codes == [403, 403, 403, 403]
    assert written() == before

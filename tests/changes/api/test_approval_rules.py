"""Approval rules over REST."""

from typing import Any

import pytest

from changes.models import ApprovalRule
from ledger.models import Event
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")
WANTED = {"name": "Database changes", "authority": "cab", "categories": ["database"]}


def test_a_change_manager_adds_reads_and_edits_a_rule():
    made = caller("manager").post("/approval-rules", WANTED | {"percent": 50, "stage": 2})

    told = made.json()
    assert (made.status_code, told["percent"], told["stage"], told["count"]) == (201, 50, 2, 1)
    assert caller("auditor").get(f"/approval-rules/{told['ref']}").json() == told
    assert told in caller("auditor").get("/approval-rules").json()
    edited = caller("manager").patch(f"/approval-rules/{told['ref']}", {"stage": 1})
    assert (edited.status_code, edited.json()["stage"]) == (200, 1)
    events = Event.objects.filter(subject=told["ref"]).order_by("position")
    assert [event.verb for event in events] == ["approval_rule.created", "approval_rule.edited"]


@pytest.mark.parametrize(
    ("by", "given", "status", "field"),
    [
        ("manager", {"count": 20}, 422, "count"),
        ("manager", {"authority": "group"}, 422, "group"),
        ("manager", {"authority": "people", "people": ["nobody"]}, 422, "people"),
        ("manager", {"percent": 101}, 422, "percent"),
        ("manager", {"teams": ["nobody"]}, 422, "teams"),
        ("manager", {"authority": "king"}, 422, "authority"),
        ("engineer", {}, 403, ""),
        ("auditor", {}, 403, ""),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    by: str, given: dict[str, Any], status: int, field: str
):
    rules, events = ApprovalRule.objects.count(), Event.objects.count()

    answer = caller(by).post("/approval-rules", WANTED | given)

    assert (answer.status_code, ApprovalRule.objects.count(), Event.objects.count()) == (
        status,
        rules,
        events,
    )
    if field:
        assert field in answer.json()["errors"]


@pytest.mark.parametrize("ref", ["RULE-999999", "rule", "RULE-²"])
def test_what_is_not_there_is_not_found(ref: str):
    assert caller("manager").get(f"/approval-rules/{ref}").status_code == 404
    assert caller("manager").patch(f"/approval-rules/{ref}", {"count": 1}).status_code == 404

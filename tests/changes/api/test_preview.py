"""Who would have to approve this? Asked over REST before anything is filed; nothing is recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changes import leave
from changes.models import ApprovalRule
from tests.changes.api.world import PLAN, caller, filed, user, written

pytestmark = pytest.mark.usefixtures("organisation")


def asked(**fields: Any) -> dict[str, Any]:
    before = written()
    answer = caller("engineer").post("/changes/preview", PLAN | fields)
    assert answer.status_code == 200, answer.json()
    assert written() == before
    told: dict[str, Any] = answer.json()
    return told


def test_it_names_the_rules_the_people_and_the_stages():
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.create(name="Peers", authority="peer", percent=50, kinds=["normal"])
    ApprovalRule.objects.create(
        name="Either", authority="people", people=["cab-1", "engineer"], stage=2, kinds=["normal"]
    )

    told = asked()

    assert [
        (one["rule"], one["stage"], one["percent"], one["who"], one["candidates"])
        for one in told["requirements"]
    ] == [
        ("Peers", 1, 50, "Peer of the owner team", told["requirements"][0]["candidates"]),
        ("Either", 2, None, "cab-1 or engineer", ["cab-1"]),
    ]
    assert "engineer" not in told["requirements"][0]["candidates"]
    assert (told["standard"], told["reasons"], told["away"]) == (False, [], [])


def test_it_says_who_is_away_and_who_votes_for_them():
    now = datetime.now(UTC)
    ends = now + timedelta(days=7)
    for name, delegate in (("cab-1", "cab-2"), ("peer", "")):
        leave.go(person=name, ends_at=ends, actor=user(name), now=now)
        if delegate:
            leave.delegate(
                delegator=name, delegate=delegate, ends_at=ends, actor=user(name), now=now
            )
    ApprovalRule.objects.create(name="CAB", authority="cab", kinds=["normal"])

    told = asked()

    assert [(one["username"], one["delegate"]) for one in told["away"]] == [
        ("cab-1", "cab-2"),
        ("peer", None),
    ]


def test_it_says_who_cannot_be_found_and_that_no_rule_matches():
    ApprovalRule.objects.update(is_active=False)
    assert [one["code"] for one in asked()["reasons"]] == ["no_policy"]
    ApprovalRule.objects.create(name="Nine", authority="cab", count=9, kinds=["normal"])

    (reason,) = asked()["reasons"]

    assert reason["code"] == "unsatisfiable"
    assert "“Nine” needs 9 × the CAB" in reason["message"]


def test_a_filed_change_is_asked_about_with_what_would_be_edited():
    ref = filed()
    ApprovalRule.objects.create(name="DBA", authority="cab", categories=["database"])
    before = written()

    as_it_is = caller("engineer").post(f"/changes/{ref}/preview", {})
    edited = caller("auditor").post(f"/changes/{ref}/preview", {"category": "database"})

    assert written() == before
    assert "DBA" not in [one["rule"] for one in as_it_is.json()["requirements"]]
    assert edited.status_code in (200, 403)
    again = caller("peer").post(f"/changes/{ref}/preview", {"category": "database"})
    assert "DBA" in [one["rule"] for one in again.json()["requirements"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/changes/preview", {}, 422),
        ("/changes/preview", PLAN | {"service": "nothing"}, 422),
        ("/changes/preview", PLAN | {"bogus": 1}, 422),
        ("/changes/CHG-999999/preview", {}, 404),
    ],
)
def test_what_is_wrong_is_said(path: str, body: dict[str, Any], status: int):
    assert caller("engineer").post(path, body).status_code == status

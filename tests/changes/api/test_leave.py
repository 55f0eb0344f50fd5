"""Absences and delegations over REST."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changes.models import Absence, Delegation
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")


def until(days: float = 7) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


def test_one_is_on_leave_and_ends_it():
    made = caller("peer").post("/absences", {"ends_at": until(), "note": "Sailing"})

    told = made.json()
    assert (made.status_code, told["person"], told["note"]) == (201, "peer", "Sailing")
    assert caller("auditor").get("/absences?person=peer").json()["results"] == [told]
    assert caller("owner").get("/absences?person=owner").json() == {"results": [], "next": None}
    ended = caller("peer").post(f"/absences/{told['ref']}/end")
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "peer")
    again = caller("peer").post(f"/absences/{told['ref']}/end")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_one_delegates_and_a_loop_is_refused_with_its_code():
    made = caller("peer").post("/delegations", {"delegate": "owner", "ends_at": until()})
    back = caller("owner").post("/delegations", {"delegate": "peer", "ends_at": until()})

    assert (made.status_code, made.json()["delegator"], made.json()["delegate"]) == (
        201,
        "peer",
        "owner",
    )
    assert (back.status_code, back.json()["code"]) == (409, "delegation_loop")
    assert back.json()["reasons"][0]["remedy"].startswith("End DELEGATION-")
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize(
    ("by", "path", "body", "status", "code"),
    [
        ("stranger", "/absences", {"person": "peer", "ends_at": until()}, 403, "not_permitted"),
        (
            "stranger",
            "/delegations",
            {"delegator": "peer", "delegate": "owner", "ends_at": until()},
            403,
            "not_permitted",
        ),
        ("auditor", "/absences", {"ends_at": until()}, 403, "not_permitted"),
        ("peer", "/absences", {"ends_at": until(-1)}, 422, "invalid"),
        ("peer", "/absences", {"ends_at": "tomorrow"}, 422, "invalid"),
        ("peer", "/absences", {}, 422, "invalid"),
        ("peer", "/delegations", {"ends_at": until()}, 422, "invalid"),
        ("peer", "/delegations", {"delegate": "nobody", "ends_at": until()}, 422, "invalid"),
        ("ci", "/absences", {"ends_at": until()}, 422, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    by: str, path: str, body: dict[str, Any], status: int, code: str
):
    answer = caller(by).post(path, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Absence.objects.exists()
    assert not Delegation.objects.exists()


def test_what_is_not_there_is_not_found():
    absence = caller("peer").post("/absences", {"ends_at": until()}).json()["ref"]

    assert caller("peer").post("/absences/ABSENCE-999999/end").status_code == 404
    assert caller("peer").post(f"/delegations/{absence}/end").status_code == 404
    assert caller("owner").post(f"/absences/{absence}/end").status_code == 403

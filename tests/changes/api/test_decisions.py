"""The log of what the gate answered, over REST."""

import pytest

from changes.models import GateAnswer
from tests.changes.api.world import Caller, caller, scheduled, token

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


def test_the_pipeline_is_kept_with_the_answer():
    asked = {**QUESTION, "pipeline": {"url": "https://ci.example.org/77", "run_id": "77"}}

    body = caller("ci", "gate").post("/gate", asked).json()

    logged = caller("auditor").get(f"/gate/decisions/{body['decision_id']}").json()
    assert logged["pipeline"] == {**asked["pipeline"], "attempt": None}
    assert (logged["asked_by"], logged["decision"], logged["reasons"]) == (
        "ci",
        "deny",
        body["reasons"],
    )


def test_the_log_is_narrowed_and_pages_through_answers():
    ci = caller("ci", "gate")
    asked = [
        ci.post("/gate", {**QUESTION, "revision": str(number)}).json()["decision_id"]
        for number in range(3)
    ]
    ci.post("/gate", {"service": "search", "environment": "staging"})
    reader = caller("auditor", "changes:read")

    first = reader.get("/gate/decisions", service="payments-api", limit=2).json()
    second = reader._client.get(first["next"], headers=reader._headers).json()

    found = [row["decision_id"] for row in first["results"] + second["results"]]
    assert found == asked[::-1]
    assert second["next"] is None
    assert len(reader.get("/gate/decisions", environment="staging").json()["results"]) == 1
    assert reader.get("/gate/decisions", decision=["allow", "wait"]).json()["results"] == []
    assert reader.get("/gate/decisions", at_to="2001-01-01T00:00:00Z").json()["results"] == []


def test_a_decision_nobody_gave_is_not_found():
    answer = caller("auditor").get("/gate/decisions/00000000-0000-4000-8000-000000000000")

    assert answer.status_code == 404


def test_no_permit_is_kept_in_the_database():
    scheduled()
    permit = Caller(token("ci", "gate")).post("/gate", QUESTION).json()["permit"]

    kept = GateAnswer.objects.values().get()

    assert permit not in str(kept)

"""The evidence of a change over REST."""

import pytest

from tests.changes.api.world import Caller, caller, filed, said, scheduled

pytestmark = pytest.mark.usefixtures("organisation")


def test_evidence_holds_every_event_and_says_which_control_it_answers():
    ref = scheduled(rollout="canary")

    answer = caller("auditor", "changes:read").get(f"/changes/{ref}/evidence")

    doc = answer.json()
    assert (answer.status_code, doc["ref"], doc["exported_by"]) == (200, ref, "auditor")
    assert [one["verb"] for one in doc["timeline"]] == said(ref)
    assert [one["name"] for one in doc["controls"]] == [
        "PCI DSS 4.0.1, 6.5.1",
        "SOC 2, CC8.1",
        "ISO/IEC 27001:2022, A.8.32",
    ]
    assert doc["approval"]["holds"] is True


def test_evidence_is_refused_like_the_change_itself():
    ref = filed()

    answers = {
        "nobody": Caller().get(f"/changes/{ref}/evidence"),
        "gate alone": caller("ci", "gate").get(f"/changes/{ref}/evidence"),
        "beyond": caller("ci", services=("search",)).get(f"/changes/{ref}/evidence"),
        "within": caller("ci", services=("payments-api",)).get(f"/changes/{ref}/evidence"),
        "unknown": caller("auditor").get("/changes/CHG-999999/evidence"),
        "no ref": caller("auditor").get("/changes/x/evidence"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "nobody": 401,
        "gate alone": 403,
        "beyond": 403,
        "within": 200,
        "unknown": 404,
        "no ref": 404,
    }

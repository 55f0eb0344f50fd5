"""Deployments as CI reports them over REST."""

import pytest

from tests.changes.api.world import caller, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


def test_a_deployment_starts_and_finishes_its_change():
    ref = scheduled()
    ci = caller("ci", "gate")
    permit = ci.post("/gate", QUESTION).json()["permit"]

    started = ci.post("/deployments", {"permit": permit, "status": "started"})
    ended = ci.post("/deployments", {"permit": permit, "status": "succeeded", "detail": "41 of 41"})

    assert (started.status_code, started.json()["state"]) == (201, "implementing")
    assert (ended.json()["change"], ended.json()["state"]) == (ref, "validating")
    assert said(ref)[-5:] == [
        "change.started",
        "deployment.started",
        "change.finished",
        "change.check_reported",
        "deployment.succeeded",
    ]


def test_a_permit_starts_one_deployment():
    scheduled()
    ci = caller("ci", "gate")
    permit = ci.post("/gate", QUESTION).json()["permit"]
    ci.post("/deployments", {"permit": permit, "status": "started"})
    before = written()

    again = ci.post("/deployments", {"permit": permit, "status": "started"})

    assert (again.status_code, again.json()["code"]) == (409, "permit_used")
    assert written() == before


def test_a_forged_permit_is_refused():
    scheduled()
    ci = caller("ci", "gate")
    permit = ci.post("/gate", QUESTION).json()["permit"]
    head, claims, _ = permit.split(".")

    for forged in (f"{head}.{claims}.", permit[:-4] + "AAAA", "nonsense", "a.b.c"):
        answer = ci.post("/deployments", {"permit": forged, "status": "started"})
        assert (answer.status_code, answer.json()["code"]) == (409, "permit_invalid")


def test_a_report_carries_checks_with_evidence_and_is_answered_alike_when_said_again():
    ref = scheduled()
    ci = caller("ci", "gate", "changes:read")
    permit = ci.post("/gate", QUESTION).json()["permit"]
    wrong = ci.post("/deployments", {"permit": permit, "status": "started", "revision": "bad"})
    ci.post("/deployments", {"permit": permit, "status": "started", "revision": "4f1c2d9"})
    smoke = {"name": "smoke", "passed": True, "evidence": {"requests": [400, 0]}}

    ended = ci.post("/deployments", {"permit": permit, "status": "succeeded", "checks": [smoke]})
    before = written()
    again = ci.post("/deployments", {"permit": permit, "status": "succeeded", "checks": [smoke]})

    assert (wrong.status_code, wrong.json()["code"]) == (409, "revision_mismatch")
    assert (ended.status_code, again.status_code) == (201, 200)
    assert again.json() == ended.json()
    assert written() == before
    checks = ci.get(f"/changes/{ref}").json()["checks"]
    assert {one["name"]: one["evidence"] for one in checks} == {
        "deployment": None,
        "smoke": {"requests": [400, 0]},
    }


@pytest.mark.parametrize("evidence", ["text", [1], {"of": "x" * 65_536}, 7])
def test_evidence_that_cannot_be_kept_is_a_wrong_field(evidence):
    ref = scheduled()
    before = written()

    answer = caller("ci").post(
        f"/changes/{ref}/checks", {"name": "smoke", "passed": True, "evidence": evidence}
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["evidence"])
    assert written() == before


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({"status": "started"}, "permit"),
        ({"status": "started", "change": "CHG-1", "permit": "a.b.c"}, "permit"),
        ({"status": "exploded", "change": "CHG-1"}, "status"),
        ({"status": "started", "change": "CHG-7777"}, "change"),
        ({"status": "started", "change": "nonsense"}, "change"),
        ({"status": "started", "change": "CHG-1", "at": "2031-01-01T00:00:00Z"}, "at"),
    ],
)
def test_a_wrong_report_names_the_field(report, field):
    before = written()

    answer = caller("ci", "gate").post("/deployments", report)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before

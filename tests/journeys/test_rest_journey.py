"""Whole stories over HTTP, as programs live them: a server, tokens, and nothing else."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest
from django.core.management import call_command

from changes.models import Window
from tests.changes.api import world
from tests.changes.api.world import PLAN, period

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = {"service": "payments-api", "environment": "production"}
FRIDAY_EVENING = "2030-11-22T18:30:00+01:00"


class Program:
    """Something with a token that talks to the server over a socket."""

    def __init__(self, server: str, secret: str) -> None:
        self._server, self._secret = server, secret

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        request = Request(
            f"{self._server}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except HTTPError as problem:
            with problem:
                return problem.code, json.load(problem)

    def get(self, path: str) -> Any:
        status, body = self.ask("GET", f"/api/v1{path}")
        assert status == 200, body
        return body

    def post(self, path: str, body: Any = None) -> Any:
        """The answer of a write that must succeed."""
        status, told = self.ask("POST", f"/api/v1{path}", {} if body is None else body)
        assert status in (200, 201), told
        return told

    def refused(self, path: str, body: Any = None) -> list[str]:
        """The codes of a write that must be refused by a Decision."""
        status, told = self.ask("POST", f"/api/v1{path}", {} if body is None else body)
        assert status in (403, 409), told
        return [reason["code"] for reason in told["reasons"]]


@pytest.fixture
def everybody(live_server: Any) -> dict[str, Program]:
    """A program for each role, with every scope; CI's may ask the gate, open changes and report."""
    world.build()
    people = ("engineer", "peer", "owner", "cab-1", "cab-2", "manager", "auditor")
    scopes = ("gate", "changes:read", "changes:write", "windows:write", "incidents:write")
    programs = {name: Program(live_server.url, world.token(name, *scopes)) for name in people}
    programs["ci"] = Program(live_server.url, world.token("ci", "gate", "changes:write"))
    return programs


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def verbs_of(reader: Program, ref: str) -> list[str]:
    return [event["verb"] for event in reader.get(f"/changes/{ref}/timeline")]


def ledger_says() -> str:
    """What `manage.py verify_ledger` prints last."""
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return out.getvalue().strip().splitlines()[-1]


def test_a_normal_change_with_the_cab(everybody):
    engineer, ci = everybody["engineer"], everybody["ci"]
    filed = engineer.post(
        "/changes",
        {**PLAN, **period(), "rollback_plan": "", "required_checks": ["smoke-test"]},
    )
    ref, question = filed["ref"], {**PLACE, "revision": PLAN["revision"]}

    # Without a rollback plan nothing moves.
    assert engineer.refused(f"/changes/{ref}/submit") == ["no_rollback_plan"]
    denied = ci.post("/gate", question)
    assert (denied["decision"], "no_rollback_plan" in codes(denied)) == ("deny", True)

    # With one, it waits for its votes.
    engineer.ask("PATCH", f"/api/v1/changes/{ref}", {"rollback_plan": "Redeploy 4.1.9."})
    engineer.post(f"/changes/{ref}/submit")
    waiting = ci.post("/gate", question)
    assert (waiting["decision"], set(codes(waiting))) == ("wait", {"approvals_missing"})
    assert engineer.refused(f"/changes/{ref}/votes", {"decision": "approve"}) == ["self_approval"]
    for name in ("peer", "owner", "cab-1", "cab-2"):
        everybody[name].post(f"/changes/{ref}/votes", {"decision": "approve"})
    assert engineer.get(f"/changes/{ref}")["state"] == "scheduled"

    # On a Friday evening the answer would be no, because, until, and what to do.
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    friday = ci.get(
        "/gate/explain?service=payments-api&environment=production"
        f"&at={FRIDAY_EVENING.replace('+', '%2B')}"
    )
    Window.objects.update(is_active=False)
    assert (friday["decision"], codes(friday), friday["next_allowed_at"]) == (
        "wait",
        ["freeze_active"],
        "2030-11-25T05:00:00Z",
    )
    assert "until Mon 25 Nov 06:00 CET" in friday["reasons"][0]["message"]

    # Now it is yes, with a permit that anybody can verify.
    allowed = ci.post("/gate", question)
    _, keys = ci.ask("GET", "/.well-known/jwks.json")
    kid = jwt.get_unverified_header(allowed["permit"])["kid"]
    (key,) = [one for one in keys["keys"] if one["kid"] == kid]
    claims = jwt.decode(allowed["permit"], jwt.PyJWK(key), algorithms=["EdDSA"])
    assert (claims["sub"], claims["revision"]) == (ref, PLAN["revision"])

    # The deployment moves the change, and the change is closed.
    ci.post("/deployments", {"permit": allowed["permit"], "status": "started"})
    ci.post("/deployments", {"permit": allowed["permit"], "status": "succeeded"})
    outcome = {"outcome": "successful", "note": "No failures in an hour."}
    assert engineer.refused(f"/changes/{ref}/close", outcome) == ["checks_missing"]
    ci.post(f"/changes/{ref}/checks", {"name": "smoke-test", "passed": True})
    assert engineer.post(f"/changes/{ref}/close", outcome)["state"] == "closed"

    # An auditor sees why it was allowed.
    decision = everybody["auditor"].get(f"/gate/decisions/{allowed['decision_id']}")
    assert (decision["decision"], decision["change"]) == ("allow", ref)
    assert verbs_of(everybody["auditor"], ref) == [
        "change.created",
        "change.edited",
        "change.submitted",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "change.approved",
        "change.started",
        "deployment.started",
        "change.finished",
        "change.check_reported",
        "deployment.succeeded",
        "change.check_reported",
        "change.closed",
    ]
    assert ledger_says().endswith("all as recorded.")


def test_a_standard_change_opened_by_its_pipeline(everybody):
    ci = everybody["ci"]
    question = {
        "service": "refunds",
        "environment": "production",
        "revision": "r77",
        "open": {"template": "restart-service"},
    }

    allowed = ci.post("/gate", question)
    ref = allowed["change"]
    ci.post("/deployments", {"permit": allowed["permit"], "status": "started"})
    ended = ci.post("/deployments", {"permit": allowed["permit"], "status": "succeeded"})

    closed = everybody["peer"].get(f"/changes/{ref}")
    assert (ended["state"], closed["kind"]) == ("closed", "standard")
    assert (closed["outcome"], closed["ended_by"]) == ("successful", None)
    assert verbs_of(everybody["auditor"], ref)[:3] == [
        "change.created",
        "change.submitted",
        "change.approved",
    ]
    assert ledger_says().endswith("all as recorded.")


def test_an_emergency_that_breaks_the_glass(everybody):
    engineer, ci = everybody["engineer"], everybody["ci"]
    incident = engineer.post(
        "/incidents", {"title": "Refunds fail", "service": "payments-api", "severity": 1}
    )["ref"]
    emergency = {**PLAN, **period(), "kind": "emergency", "incident": incident, "revision": "fix"}
    ref = engineer.post("/changes", emergency)["ref"]
    engineer.post(f"/changes/{ref}/submit")

    # Nobody of the emergency CAB answers, so a lone responder starts with a reason.
    assert ci.refused(f"/changes/{ref}/break_glass", {"reason": "Alone."}) == ["not_permitted"]
    started = engineer.post(f"/changes/{ref}/break_glass", {"reason": "Nobody answers."})
    assert (started["state"], started["broke_glass_by"]) == ("implementing", "engineer")

    # It cannot close before it was reviewed and voted on after the fact.
    engineer.post(f"/changes/{ref}/finish", {"note": "Refunds work."})
    outcome = {"outcome": "successful", "note": "Refunds work."}
    assert set(engineer.refused(f"/changes/{ref}/close", outcome)) == {
        "review_required",
        "approvals_missing",
    }
    everybody["cab-1"].post(f"/changes/{ref}/votes", {"decision": "approve"})
    engineer.post(f"/changes/{ref}/review", {"text": "The bank changed its certificate."})
    closed = engineer.post(f"/changes/{ref}/close", outcome)
    engineer.post(f"/incidents/{incident}/close", {"note": "Fixed."})

    assert (closed["state"], closed["retroactively_approved_at"] is None) == ("closed", False)
    assert datetime.fromisoformat(closed["ended_at"]) <= datetime.now(UTC)
    assert verbs_of(everybody["auditor"], ref) == [
        "change.created",
        "change.submitted",
        "change.glass_broken",
        "change.finished",
        "vote.cast",
        "change.retroactively_approved",
        "change.reviewed",
        "change.closed",
    ]
    assert ledger_says().endswith("all as recorded.")

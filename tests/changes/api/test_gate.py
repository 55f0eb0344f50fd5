"""Asking the gate over REST, reporting deployments, and reading the log."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from changes.models import Change, Template, Window
from tests.changes.api.world import Caller, caller, filed, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


def freeze(**fields):
    """A freeze that holds now."""
    now = datetime.now(UTC).replace(microsecond=0)
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    return Window.objects.create(name="Sale", reason="the sale is on", **times | fields)


def test_a_scheduled_change_is_allowed_with_a_permit_that_verifies():
    ref = scheduled()

    body = caller("ci", "gate").post("/gate", QUESTION).json()

    assert (body["decision"], body["change"], body["reasons"]) == ("allow", ref, [])
    keys = Caller()._client.get("/.well-known/jwks.json").json()
    kid = jwt.get_unverified_header(body["permit"])["kid"]
    (key,) = [one for one in keys["keys"] if one["kid"] == kid]
    claims = jwt.decode(body["permit"], jwt.PyJWK(key), algorithms=["EdDSA"])
    assert {
        name: claims[name] for name in ("sub", "jti", "service", "environment", "revision")
    } == {
        "sub": ref,
        "jti": body["decision_id"],
        **QUESTION,
    }
    assert datetime.fromtimestamp(claims["exp"], UTC) == datetime.fromisoformat(body["expires_at"])


def test_a_freeze_says_why_until_when_and_what_to_do():
    scheduled()
    until = freeze().ends_at

    body = caller("ci", "gate").post("/gate", QUESTION).json()

    (reason,) = body["reasons"]
    assert (body["decision"], body["permit"], body["expires_at"]) == ("wait", None, None)
    assert reason["code"] == "freeze_active"
    assert "Sale (the sale is on)" in reason["message"]
    assert reason["remedy"].startswith("Plan it after ")
    assert reason["until"] == body["next_allowed_at"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert 3600 >= body["retry_after_seconds"] > 0


def test_a_change_without_a_rollback_plan_is_denied():
    filed(rollback_plan="")

    body = caller("ci", "gate").post("/gate", QUESTION).json()

    assert body["decision"] == "deny"
    assert "no_rollback_plan" in [one["code"] for one in body["reasons"]]
    assert (body["permit"], body["retry_after_seconds"]) == (None, None)


def test_a_revision_nobody_filed_is_denied_and_recorded():
    body = caller("ci", "gate").post("/gate", {**QUESTION, "revision": "unknown"}).json()

    assert (body["decision"], body["change"]) == ("deny", None)
    assert [one["code"] for one in body["reasons"]] == ["no_change"]
    assert said("payments-api/production") == ["gate.denied"]


def test_a_named_change_that_does_not_exist_is_denied():
    body = caller("ci", "gate").post("/gate", {**QUESTION, "change": "CHG-9999"}).json()

    assert (body["decision"], [one["code"] for one in body["reasons"]]) == ("deny", ["no_change"])


def test_one_statement_gathers_what_the_gate_decides_on_and_one_records_it(
    django_assert_num_queries,
):
    scheduled()
    ci = caller("ci", "gate")
    ci.post("/gate", QUESTION)  # makes the signing key

    with django_assert_num_queries(2) as queries:
        assert ci.post("/gate", QUESTION).json()["decision"] == "allow"

    assert [one["sql"].split()[0] for one in queries] == ["SELECT", "WITH"]


def test_opening_a_standard_change_files_and_schedules_it_once():
    asked = {
        "service": "refunds",
        "environment": "production",
        "revision": "r1",
        "open": {"template": "restart-service"},
    }
    ci = caller("ci", "gate", "changes:write")

    first, second = ci.post("/gate", asked).json(), ci.post("/gate", asked).json()

    change = Change.objects.get()
    assert (first["decision"], second["decision"]) == ("allow", "allow")
    assert (first["change"], second["change"]) == (change.ref, change.ref)
    assert (change.kind, change.revision, change.author.username) == ("standard", "r1", "ci")
    assert said(change.ref) == ["change.created", "change.submitted", "change.approved"]


def test_opening_asks_the_scope_to_write_changes():
    before = written()

    answer = caller("ci", "gate").post(
        "/gate", {**QUESTION, "open": {"template": "restart-service"}}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "changes:write" in answer.json()["detail"]
    assert written() == before


def test_opening_from_a_template_that_is_not_published_is_denied_with_its_reason():
    Template.objects.update(state="suspended")

    body = (
        caller("ci", "gate", "changes:write")
        .post("/gate", {**QUESTION, "open": {"template": "restart-service"}})
        .json()
    )

    assert (body["decision"], [one["code"] for one in body["reasons"]]) == (
        "deny",
        ["template_suspended"],
    )
    assert Change.objects.count() == 0


def test_an_unknown_template_is_a_wrong_field():
    answer = caller("ci", "gate", "changes:write").post(
        "/gate", {**QUESTION, "open": {"template": "restart-servise"}}
    )

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"open.template": ["There is no template restart-servise. Did you mean restart-service?"]},
    )


def test_explaining_a_friday_evening_records_nothing():
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    before = written()

    body = (
        caller("ci", "gate")
        .get(
            "/gate/explain",
            service="payments-api",
            environment="production",
            at="2030-11-22T18:30:00+01:00",
        )
        .json()
    )

    assert (body["decision"], body["at"], body["next_allowed_at"]) == (
        "wait",
        "2030-11-22T17:30:00Z",
        "2030-11-25T05:00:00Z",
    )
    assert [one["code"] for one in body["reasons"]] == ["freeze_active"]
    assert (body["permit"], body["decision_id"]) == (None, None)
    assert written() == before


def test_explaining_a_change_says_what_the_gate_says():
    scheduled()
    freeze()
    ci = caller("ci", "gate")

    told = ci.get("/gate/explain", **QUESTION).json()
    answer = ci.post("/gate", QUESTION).json()

    same = ("decision", "reasons", "change", "next_allowed_at")
    assert {name: told[name] for name in same} == {name: answer[name] for name in same}


def test_an_emergency_is_explained_without_the_calendar():
    freeze()

    body = (
        caller("ci", "gate")
        .get("/gate/explain", service="payments-api", environment="production", kind="emergency")
        .json()
    )

    assert body["decision"] == "allow"


def test_the_keys_are_open_to_all_and_hold_no_secret():
    scheduled()
    caller("ci", "gate").post("/gate", QUESTION)

    answer = Caller()._client.get("/.well-known/jwks.json")

    assert answer.status_code == 200
    assert [sorted(key) for key in answer.json()["keys"]] == [
        ["alg", "crv", "kid", "kty", "use", "x"]
    ]

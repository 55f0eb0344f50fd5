"""Who may do what over REST: tokens, scopes, limits, sessions, roles."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import ApiToken
from tests.changes.api.world import (
    PLAN,
    Caller,
    caller,
    filed,
    said,
    token,
    user,
    written,
)

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
READS = (
    "/changes",
    "/changes/{ref}",
    "/changes/{ref}/timeline",
    "/changes/{ref}/tasks",
    "/changes/{ref}/evidence",
    "/gate/decisions",
    "/windows",
    "/windows/occurrences?from=2031-04-05T00:00:00Z&to=2031-04-06T00:00:00Z",
    "/services",
    "/teams",
    "/environments",
    "/templates",
)
WRITES = {
    "/changes": PLAN,
    "/changes/{ref}/submit": {},
    "/changes/{ref}/cancel": {"reason": "r"},
    "/changes/{ref}/votes": {"decision": "approve"},
    "/changes/{ref}/checks": {"name": "n", "passed": True},
    "/changes/{ref}/checks/run": {"name": "n"},
    "/changes/{ref}/tasks": {"kind": "test", "title": "t"},
    "/windows": {"name": "n", "effect": "freeze"},
    "/deployments": {"change": "{ref}", "status": "started"},
    "/gate": QUESTION,
}


def test_nobody_is_let_in_without_an_identity():
    ref = filed()
    before = written()

    reads = [Caller().get(path.format(ref=ref)) for path in READS]
    writes = [Caller().post(path.format(ref=ref), body) for path, body in WRITES.items()]

    assert {one.status_code for one in reads + writes} == {401}
    assert {one["WWW-Authenticate"] for one in reads + writes} == {'Bearer realm="tidegate"'}
    assert written() == before


def test_tokens_that_count_no_more_say_why():
    now = datetime.now(UTC)
    expired = token("ci", expires_at=now - timedelta(days=1))
    revoked = token("ci")
    tokens.revoke(token=ApiToken.objects.latest("pk"), now=now)
    gone = token("stranger")
    type(user("stranger")).objects.filter(username="stranger").update(is_active=False)

    codes = {
        secret: Caller(secret).post("/gate", QUESTION).json()["code"]
        for secret in (expired, revoked, gone, "tg_unknown", "garbage")
    }

    assert list(codes.values()) == [
        "token_expired",
        "token_revoked",
        "user_inactive",
        "token_unknown",
        "token_unknown",
    ]


@pytest.mark.parametrize("path", READS)
def test_reading_asks_the_scope_to_read(path):
    ref = filed()

    answer = caller("engineer", "gate", "changes:write").get(path.format(ref=ref))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "changes:read" in answer.json()["detail"]


@pytest.mark.parametrize("path", WRITES)
def test_writing_asks_its_own_scope(path):
    ref = filed()
    before = written()
    needed = {"/windows": "windows:write", "/deployments": "gate", "/gate": "gate"}

    answer = caller("engineer", "changes:read").post(path.format(ref=ref), WRITES[path])

    assert answer.status_code == 403
    assert needed.get(path, "changes:write") in answer.json()["detail"]
    assert written() == before


def test_explaining_asks_the_gates_scope():
    query = {"service": "payments-api", "environment": "production"}

    assert caller("ci", "changes:read").get("/gate/explain", **query).status_code == 403
    assert caller("ci", "gate").get("/gate/explain", **query).status_code == 200


def test_the_admin_scope_opens_everything():
    assert caller("engineer", "admin").post("/changes", PLAN).status_code == 201


def test_an_auditor_reads_everything():
    ref = filed()

    answers = [caller("auditor").get(path.format(ref=ref)) for path in READS]

    assert {one.status_code for one in answers} == {200}


@pytest.mark.parametrize("path", WRITES)
def test_an_auditor_writes_nothing(path):
    ref = filed()
    before = written()

    answer = caller("auditor").post(path.format(ref=ref), WRITES[path])

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert written() == before


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("submit", {}),
        ("cancel", {"reason": "r"}),
        ("hold", {"reason": "r"}),
        ("votes", {"decision": "approve"}),
    ],
)
def test_a_stranger_moves_no_change_of_another_team(verb, words):
    ref = filed()
    if verb == "votes":
        caller("engineer").post(f"/changes/{ref}/submit")
    before = written()

    answer = caller("stranger").post(f"/changes/{ref}/{verb}", words)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert written() == before


def test_a_stranger_edits_no_change_of_another_team():
    ref = filed()

    answer = caller("stranger").patch(f"/changes/{ref}", {"title": "Mine"})

    assert answer.status_code == 403
    assert said(ref) == ["change.created"]


def test_a_browsers_session_reads_and_writes_with_its_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user("engineer"))
    session = Caller(client=browser)

    read = session.get("/changes")
    without = session.post("/changes", PLAN)
    browser.cookies["csrftoken"] = "a" * 32
    having = session.post("/changes", PLAN, X_CSRFToken="a" * 32)

    assert read.status_code == 200
    assert (without.status_code, without.json()["status"]) == (403, 403)
    assert having.status_code == 201
    assert said(having.json()["ref"]) == ["change.created"]


def test_a_browsers_session_asks_the_gate_only_with_its_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user("engineer"))
    before = written()

    answer = Caller(client=browser).post("/gate", QUESTION)

    assert answer.status_code == 403
    assert written() == before

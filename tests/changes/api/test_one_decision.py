"""Polling a decision over REST, and reading one that somebody else was given."""

from typing import Any

import pytest
from django.db import connection

from catalog.models import ApiToken
from changes.gate import watching
from changes.models import Change, GateAnswer, Window
from tests.changes.api.test_gate import QUESTION, freeze
from tests.changes.api.world import Caller, caller, said, scheduled, token, written

pytestmark = pytest.mark.usefixtures("organisation", "begun")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def begun():
    watching.forget_all()


@pytest.fixture
def ci() -> Caller:
    scheduled()
    return caller("ci", "gate")


def asks(ci: Caller, **more: Any) -> str:
    """Asks for run 77; the path of the decision."""
    answer = ci.post("/gate", {**QUESTION, "pipeline": {"run_id": "77"}, **more}).json()
    return f"/gate/decisions/{answer['decision_id']}"


def polls(ci: Caller, path: str, tag: str = "") -> Any:
    return ci.send("GET", path, **({"If_None_Match": tag} if tag else {}))


def test_what_has_not_changed_is_304_with_its_tag_and_when_to_come_again(ci):
    freeze()
    path = asks(ci)
    first = polls(ci, path)
    before = written()

    again = polls(ci, path, first.headers["ETag"])

    assert (first.status_code, first.json()["decision"]) == (200, "wait")
    assert first.json()["retry_after_seconds"] == int(first.headers["Retry-After"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"].partition(".")[0] == first.headers["ETag"].partition(".")[0]
    assert 0 < int(again.headers["Retry-After"]) <= int(first.headers["Retry-After"])
    assert written() == before


def test_a_poll_is_one_statement_and_no_rule(ci, django_assert_num_queries):
    freeze()
    path = asks(ci)
    tag = polls(ci, path).headers["ETag"]

    with django_assert_num_queries(1):
        assert polls(ci, path, tag).status_code == 304


def test_once_it_is_let_through_it_is_told_with_its_permit_which_starts_it(ci):
    window = freeze()
    path = asks(ci)
    first = polls(ci, path)
    Window.objects.filter(pk=window.pk).update(is_active=False)

    let, again = (polls(ci, path, first.headers["ETag"]) for _ in range(2))

    body = let.json()
    assert (let.status_code, body["decision"], body["permit"]) == (
        200,
        "allow",
        again.json()["permit"],
    )
    assert body["decision_id"] not in path
    assert (body["service"], body["asked_by"], body["queue"]) == ("payments-api", "ci", None)
    assert said("payments-api/production") == ["gate.waited", "gate.allowed"]
    assert polls(ci, path, let.headers["ETag"]).status_code == 304
    assert "Retry-After" not in let.headers
    report = {"permit": body["permit"], "status": "started"}
    assert ci.post("/deployments", report).status_code == 201
    assert polls(ci, path).json()["reasons"][0]["code"] == "permit_used"
    assert Change.objects.get().state == "implementing"


def test_a_tag_that_is_none_of_ours_is_told_the_answer_and_ours_is_found(ci):
    path = asks(ci)
    tag = polls(ci, path).headers["ETag"]
    others = ["x", '"', "W/", '"1", "2"', ",,,", '"' + "a" * 8000 + '"', "é"]
    ours = [tag, f"W/{tag}", f'"other", {tag}', "*"]

    told = [polls(ci, path, one).status_code for one in (*others, *ours)]

    assert told == [200] * 7 + [304] * 4


def test_a_token_that_is_revoked_while_it_polls_is_told_so(ci):
    path = asks(ci)
    tag = polls(ci, path).headers["ETag"]
    ApiToken.objects.update(revoked_at=GateAnswer.objects.get().at)

    answer = polls(ci, path, tag)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")


def test_a_stranger_polls_and_reads_nothing(ci):
    path = asks(ci)
    tag = polls(ci, path).headers["ETag"]
    before = written()
    strangers = [
        (Caller(), 401),
        (Caller("tg_none"), 401),
        (caller("engineer", "gate"), 403),
        (caller("ci", "windows:write"), 403),
        (caller("ci", "gate", services=("search",)), 404),
        (caller("ci", "gate", environments=("staging",)), 404),
        (caller("engineer", "changes:read", teams=("platform",)), 404),
    ]

    told = [
        (polls(one, path).status_code, polls(one, path, tag).status_code) for one, _ in strangers
    ]

    assert told == [(status, status) for _, status in strangers]
    assert written() == before


def test_whoever_reads_is_told_what_was_given_and_decides_nothing(ci):
    path = asks(ci)
    polled = polls(ci, path).json()
    freeze()
    before = written()

    read = polls(caller("auditor"), path)

    assert (read.json()["decision"], read.json()["permit"]) == ("allow", None)
    assert read.json()["at"] == polled["at"]
    assert polls(caller("auditor"), path, read.headers["ETag"]).status_code == 304
    assert written() == before


def test_a_decision_nobody_gave_is_not_found_and_neither_is_what_is_no_id(ci):
    ids = [UNKNOWN, UNKNOWN.replace("0", "f"), "7", "x" * 36, "..", UNKNOWN + "0"]

    told = [polls(ci, f"/gate/decisions/{one}", '"x"').status_code for one in ids]

    assert told == [404] * 6


def test_the_permit_of_a_decision_is_not_written_anywhere(ci):
    path = asks(ci)
    permit = polls(ci, path).json()["permit"]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a::text FROM changes_gateanswer a UNION SELECT e::text FROM ledger_event e"
        )
        kept = str(cursor.fetchall())

    assert permit not in kept


def test_any_token_of_who_asked_polls(ci):
    path = asks(ci)

    other = polls(Caller(token("ci", "gate")), path)

    assert (other.status_code, other.json()["decision"]) == (200, "allow")

"""Queries, methods and addresses that are wrong: each is told, and nothing is written."""

import pytest

from tests.changes.api.world import Caller, caller, filed, token

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/changes", {"colour": "red"}, "colour"),
        ("/changes", {"state": "asleep"}, "state.0"),
        ("/changes", {"kind": "weird"}, "kind.0"),
        ("/changes", {"service": "zzz"}, "service"),
        ("/changes", {"author": "zzz"}, "author"),
        ("/changes", {"service": ["a", "b"]}, "service"),
        ("/changes", {"mine": "yes"}, "mine"),
        ("/changes", {"planned_from": "2031-01-01T00:00:00"}, "planned_from"),
        ("/changes", {"limit": "0"}, "limit"),
        ("/changes", {"limit": "101"}, "limit"),
        ("/changes", {"limit": "x"}, "limit"),
        ("/changes", {"limit": "9" * 5000}, "limit"),
        ("/changes", {"cursor": "nonsense"}, "cursor"),
        ("/changes", {"cursor": "bzk5OTk5OTk5OTk5OTk5OTk5OTk5OTl-"}, "cursor"),
        ("/changes", {"q": "x" * 201}, "q"),
        ("/gate/decisions", {"cursor": "nonsense"}, "cursor"),
        ("/gate/decisions", {"cursor": "cD0lMDA="}, "cursor"),
        ("/gate/decisions", {"decision": "maybe"}, "decision.0"),
        ("/gate/decisions", {"colour": "red"}, "colour"),
        ("/windows", {"cursor": "cD0lMDA="}, "cursor"),
        ("/windows", {"active": "1"}, "active"),
        ("/services", {"cursor": "cD0lMDA="}, "cursor"),
        ("/services", {"colour": "red"}, "colour"),
        ("/teams", {"limit": "1000"}, "limit"),
        ("/gate/explain", {"service": "payments-api"}, "environment"),
        ("/gate/explain", {**QUESTION, "at": "2031-01-01T00:00:00"}, "at"),
        ("/gate/explain", {**QUESTION, "at": "9999-12-31T23:59:59Z"}, "at"),
        ("/gate/explain", {**QUESTION, "kind": "weird"}, "kind"),
        ("/gate/explain", {**QUESTION, "change": "nonsense"}, "change"),
        ("/gate/explain", {**QUESTION, "service": "zzz"}, "service"),
    ],
)
def test_a_wrong_query_names_the_parameter(path, query, field):
    answer = caller("engineer").get(path, **query)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


@pytest.mark.parametrize("query", ["q=%00", "service=%00"])
def test_a_nul_in_the_address_is_refused(query):
    answer = caller("engineer").get(f"/changes?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/changes", "GET, POST"),
        ("PUT", "/changes/{ref}", "GET, PATCH"),
        ("DELETE", "/changes/{ref}", "GET, PATCH"),
        ("GET", "/changes/{ref}/submit", "POST"),
        ("GET", "/gate", "POST"),
        ("POST", "/gate/explain", "GET"),
        ("OPTIONS", "/changes", "GET, POST"),
        ("TRACE", "/gate", "POST"),
        ("PUT", "/windows/WIN-1", "GET, PATCH, DELETE"),
        ("POST", "/services", "GET"),
    ],
)
def test_a_wrong_method_says_which_there_are(method, path, allowed):
    ref = filed()

    answer = Caller(token("engineer", "admin")).send(method, path.format(ref=ref))

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer["Allow"].replace(", HEAD", "") == allowed


def test_an_address_that_leads_nowhere_is_a_problem_too():
    for path in ("/nothing", "/changes/CHG-1/explode", "/gate/decisions/not-a-uuid"):
        answer = caller("engineer").get(path)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

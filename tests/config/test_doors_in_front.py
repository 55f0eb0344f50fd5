"""What is answered in place of doors that cannot answer themselves."""

import json
from typing import Any

import pytest
from django.db import OperationalError

from config.doors_in_front import REST_SECONDS, DoorsInFront

DEVOPS = "/compat/servicenow/api/sn_devops/v2/devops/orchestration"
GATING = (
    "/compat/jira/rest/deployments/0.1/pipelines/a/b/environments/e/deployments/7/gating-status"
)
CHANGE = "/compat/servicenow/api/sn_chg_rest/change"
AWAY = "Tidegate cannot say now"


class Behind:
    """A server that answers with `status`, or raises, and counts how often it was asked."""

    def __init__(self, status: str | Exception) -> None:
        self.status, self.asked = status, 0

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.asked += 1
        if isinstance(self.status, Exception):
            raise self.status
        start(self.status, [("X-Own", "yes")])
        return [b"own"]


def knock(front: DoorsInFront, path: str, *, method: str = "GET", query: str = "") -> tuple:
    """Status and body of an answer; text where it is no JSON."""
    heard: list[str] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": query}
    body = b"".join(front(environ, lambda status, headers: heard.append(status)))
    told = json.loads(body) if body[:1] in b"{[" and body else body.decode()
    return int(heard[0][:3]), told


FAILURES = ["500 Error", "503 Away", "429 Too Many", OperationalError("gone"), KeyError("bug")]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_check_of_azure_is_told_to_ask_again(failure):
    status, told = knock(DoorsInFront(Behind(failure)), "/compat/azure/check", method="POST")

    assert (status, told["status"], told["reasons"][0]["code"]) == (200, "pending", "unavailable")
    assert told["message"] == f"{told['reasons'][0]['message']} {told['reasons'][0]['remedy']}"


@pytest.mark.parametrize("failure", FAILURES)
def test_polls_are_told_to_wait_in_their_vendors_words(failure):
    front = DoorsInFront(Behind(failure))

    devops = knock(front, f"{DEVOPS}/changeStatus")
    jira = knock(front, GATING)
    octopus = knock(front, CHANGE, query="sysparm_query=active=true^number=chg-12")
    one = knock(front, f"/api/sn_chg_rest/change/{octopus[1]['result'][0]['sys_id']['value']}")

    assert (devops[0], devops[1]["result"]["details"]["status"]) == (201, "pending_decision")
    assert (jira[0], jira[1]["gatingStatus"], jira[1]["pipelineId"]) == (200, "awaiting", "a/b")
    shown = octopus[1]["result"][0]
    assert (octopus[0], shown["number"]["value"], shown["state"]["display_value"]) == (
        200,
        "CHG-12",
        "Scheduled",
    )
    assert (one[0], one[1]["result"]["number"]["value"]) == (200, "CHG-12")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{DEVOPS}/changeControl"),
        ("PUT", f"{DEVOPS}/changeInfo"),
        ("POST", f"{CHANGE}/normal"),
        ("PATCH", "/api/sn_chg_rest/change/CHG-1"),
        ("POST", "/oauth_token.do"),
        ("GET", CHANGE),
    ],
)
def test_what_cannot_wait_is_refused_with_a_status_whose_text_is_shown(method: str, path: str):
    code, told = knock(DoorsInFront(Behind("503 Away")), path, method=method)

    assert code == 400
    assert told["error"]["message"].startswith(AWAY)


@pytest.mark.parametrize(
    "path", [f"{DEVOPS}/changeControl", "/compat/jira/rest/deployments/0.1/bulk"]
)
def test_a_body_that_is_too_large_is_said_in_their_form(path: str):
    code, told = knock(DoorsInFront(Behind("413 Large")), path, method="POST")

    first = told[0]["message"] if isinstance(told, list) else told["error"]["message"]
    assert (code, first) == (400, "The body is over 1 MB. Send less at once.")


@pytest.mark.parametrize("path", [f"{DEVOPS}/changeStatus", "/compat/other", "/api/v1/changes"])
def test_an_answer_of_the_doors_own_goes_through_unchanged(path: str):
    assert knock(DoorsInFront(Behind("200 OK")), path) == (200, "own")


def test_what_is_no_door_fails_as_it_does():
    assert knock(DoorsInFront(Behind("503 Away")), "/compat/other") == (503, "own")
    with pytest.raises(KeyError):
        knock(DoorsInFront(Behind(KeyError("bug"))), "/api/v1/changes")


def test_after_a_failure_polls_are_answered_for_a_while_without_asking():
    times = iter([0.0, 0.0, 1.0, REST_SECONDS + 0.1])
    behind = Behind("503 Away")
    front = DoorsInFront(behind, clock=lambda: next(times))

    knock(front, GATING)
    knock(front, GATING)
    behind.status = "200 OK"
    last = knock(front, GATING)

    assert (behind.asked, last) == (2, (200, "own"))

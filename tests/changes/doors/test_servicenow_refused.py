"""What ServiceNow's door refuses: what cannot be read, and whoever has no business there."""

import json

import pytest
from django.test import Client

from changes.models import Change
from tests.changes.doors.knocking import basic, mapping, template, token, written
from tests.changes.doors.replaying import CONTROL, INFO, STATUS, asked, replay, status

pytestmark = pytest.mark.usefixtures("organisation")


@pytest.mark.parametrize(
    ("captured", "given", "why"),
    [
        (CONTROL, {"stageName": ""}, "stageName: Give it"),
        (CONTROL, {"buildNumber": 7}, "buildNumber: Give a text."),
        (CONTROL, {"repository": "x" * 201}, "repository: Give at most 200 characters."),
        (CONTROL, {"toolId": "tool-2"}, "name two different tools"),
        (CONTROL, {"changeRequestDetails": {"attributes": [1]}}, "Give an object"),
        (
            CONTROL,
            {"changeRequestDetails": {"attributes": {"start_date": "tomorrow"}}},
            "start_date: Give a time in UTC",
        ),
        (
            CONTROL,
            {"changeRequestDetails": {"attributes": {"test_plan": {"a": 1}}}},
            "test_plan: Give a text.",
        ),
        (
            CONTROL,
            {"stageName": "Nowhere", "repository": "acme/none"},
            "Nothing says which service",
        ),
    ],
)
def test_what_cannot_be_read_is_a_400_whose_text_the_action_prints(captured, given, why):
    mapping("servicenow", "acme/shop", "Deploy to production", template=template())
    before = written()

    answer = replay(captured, token(), **given)

    said = answer.json()
    assert (answer.status_code, said["status"]) == (400, "failure")
    assert why in said["error"]["message"]
    assert said["error"]["message"] == said["result"]["errorMessage"]
    assert written() == before


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"state": "Done"}, "is no state. Use one of: New (-5)"),
        ({"state": "4", "close_notes": ""}, "Say why it is not needed any more."),
        ({"state": "3"}, "this is done while a change is"),
        ({"work_notes": ["x"]}, "work_notes: Give a text."),
    ],
)
def test_an_update_that_cannot_be_made_is_a_400_and_writes_nothing(told, why):
    mapping("servicenow", "acme/shop", template=template())
    secret, first = asked()
    path = INFO["path"].replace("CHG-1", first["number"])
    before = written()

    answer = replay({**INFO, "path": path, "body": {"short_description": "Other", **told}}, secret)

    assert answer.status_code == 400
    assert why in answer.json()["error"]["message"]
    assert written() == before
    assert Change.objects.get().title == "Ship it"


@pytest.mark.parametrize(
    ("given", "code", "why"),
    [
        ({"scopes": ("changes:read",)}, 400, "lacks the scope changes:write"),
        ({"services": ("search",)}, 400, "within the reach of this token"),
        ({"environments": ("staging",)}, 400, "within the reach of this token"),
        ({"by": "auditor"}, 400, "Auditors read everything"),
    ],
)
def test_a_strangers_token_opens_nothing_and_is_told_nothing_of_what_is_there(given, code, why):
    mapping("servicenow", "acme/shop", template=template())
    _, told = asked()
    stranger = token(*given.pop("scopes", ()), **given)
    before = written()

    answer = replay(CONTROL, stranger, attemptNumber="2")
    poll = replay(STATUS, stranger)

    assert (answer.status_code, why in answer.json()["error"]["message"]) == (code, True)
    assert told["number"] not in poll.content.decode()
    assert poll.status_code != 200
    assert written() == before


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "sn_devops.DevOpsToken tool-1:tg_wrong",
        "sn_devops.DevOpsToken tool-1:",
        "Basic !!!",
        "Digest x",
    ],
)
def test_nobody_is_401_in_their_form(shown: str):
    mapping("servicenow", "acme/shop")

    answers = [
        Client().generic(
            one["method"], one["path"], json.dumps(one["body"]), headers={"Authorization": shown}
        )
        for one in (CONTROL, STATUS, INFO)
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert {answer.json()["status"] for answer in answers} == {"failure"}
    assert not Change.objects.exists()


def test_a_token_shown_under_another_users_name_or_tool_is_refused():
    mapping("servicenow", "acme/shop")
    secret = token()
    shown = [basic("engineer", secret), f"sn_devops.DevOpsToken tool-2:{secret}"]

    codes = [
        Client().get(STATUS["path"], headers={"Authorization": one}).status_code for one in shown
    ]

    assert codes == [401, 400]


def test_a_run_that_never_asked_fails_with_words():
    mapping("servicenow", "acme/shop")

    assert status(token()) == (
        201,
        "failed",
        "ServiceNow DevOps run 8123, attempt 1 of acme/shop/Deploy shop, Deploy to production has "
        "asked for no change: call changeControl first.",
    )


def test_a_wrong_method_is_refused_in_their_form():
    answer = Client().delete(STATUS["path"])

    assert (answer.status_code, answer.json()["error"]["message"]) == (405, "Use GET here.")

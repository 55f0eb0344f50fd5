"""Jira's deployments and their gating status, as Jenkins' plugin sends and reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changes import lifecycle
from changes.models import Change, DoorRun, Window
from tests.changes.api import world
from tests.changes.doors.knocking import Tool, mapping, template, token, written

pytestmark = pytest.mark.usefixtures("organisation")

BULK = "/rest/deployments/0.1/bulk"
PLACE = "pipelines/folder/shop/environments/us-prod-1/deployments/42"
STATUS = f"/rest/deployments/0.1/{PLACE}/gating-status"


def deployment(**given: Any) -> dict[str, Any]:
    """A deployment as the plugin builds it, that asks to be gated unless `given` says otherwise."""
    return {
        "deploymentSequenceNumber": 42,
        "updateSequenceNumber": 1795270000,
        "associations": [{"associationType": "serviceIdOrKeys", "values": ["b:abc"]}],
        "displayName": "#42",
        "url": "https://ci.example.org/job/shop/42/",
        "description": "#42",
        "lastUpdated": "2026-11-21T09:00:00Z",
        "label": "#42",
        "state": "pending",
        "pipeline": {"id": "folder/shop", "displayName": "shop", "url": "https://ci.example.org"},
        "environment": {"id": "us-prod-1", "displayName": "us-prod-1", "type": "production"},
        "commands": [{"command": "initiate_deployment_gating"}],
        **given,
    }


def jenkins(secret: str = "") -> Tool:
    return Tool(f"Bearer {secret or token()}", root="/compat/jira")


def sent(tool: Tool, *some: Any) -> dict[str, Any]:
    answer = tool.send("POST", BULK, {"deployments": list(some), "properties": {}})
    assert answer.status_code == 202, answer.content
    return answer.json()


def status(tool: Tool) -> str:
    answer = tool.get(STATUS)
    assert answer.status_code == 200, answer.content
    return answer.json()["gatingStatus"]


def test_a_gated_deployment_is_allowed_once_the_gate_says_yes_and_reports_move_the_change():
    mapping("jira", "folder/shop", "us-prod-1", template=template())
    tool = jenkins()

    taken = sent(tool, deployment())
    told = tool.get(STATUS).json()

    key = {
        "pipelineId": "folder/shop",
        "environmentId": "us-prod-1",
        "deploymentSequenceNumber": 42,
    }
    assert (taken["acceptedDeployments"], taken["rejectedDeployments"]) == ([key], [])
    ref = Change.objects.get().ref
    assert {name: told[name] for name in (*key, "gatingStatus")} == {
        **key,
        "gatingStatus": "allowed",
    }
    (detail,) = told["details"]
    assert (detail["type"], detail["issueKey"]) == ("issue", ref)
    assert detail["issueLink"].endswith(f"/changes/{ref}")
    for state in ("in_progress", "successful"):
        sent(tool, deployment(state=state, commands=[]))
    assert Change.objects.get().state == "validating"
    verbs = [verb for verb in world.said(ref) if verb.startswith("deployment.")]
    assert verbs == ["deployment.started", "deployment.succeeded"]


def test_votes_are_awaited_and_a_cancelled_change_prevents():
    mapping("jira", "folder/shop", "us-prod-1")
    tool = jenkins()
    sent(tool, deployment())
    change = Change.objects.get()
    assert (change.title, status(tool)) == ("Deploy #42", "prevented")
    plans = ("implementation_plan", "rollback_plan", "test_plan", "monitoring_plan")
    plan = dict.fromkeys(plans, "As ever.")
    engineer, now = world.user("engineer"), datetime.now(UTC)

    lifecycle.edit(ref=change.ref, fields=plan, actor=engineer, now=now)
    lifecycle.submit(ref=change.ref, actor=engineer, now=now)

    assert status(tool) == "awaiting"
    lifecycle.cancel(ref=change.ref, reason="No.", actor=engineer, now=now)
    assert status(tool) == "prevented"


def test_a_freeze_is_awaited():
    mapping("jira", "folder/shop", "us-prod-1", template=template())
    tool, now = jenkins(), datetime.now(UTC)
    Window.objects.create(name="Sale", starts_at=now, ends_at=now + timedelta(hours=1))

    sent(tool, deployment())

    assert status(tool) == "awaiting"


def test_what_was_planned_for_a_time_that_is_over_has_expired():
    mapping("jira", "folder/shop", "us-prod-1", template=template())
    tool, now = jenkins(), datetime.now(UTC)
    Window.objects.create(name="Sale", starts_at=now, ends_at=now + timedelta(days=30))
    sent(tool, deployment())
    past = {"planned_start_at": now - timedelta(hours=2), "planned_end_at": now}
    Change.objects.update(**past)

    assert status(tool) == "expired"


def test_a_deployment_nobody_submitted_is_invalid_and_one_not_gated_asks_for_nothing():
    mapping("jira", "folder/shop", "us-prod-1", template=template())
    tool = jenkins()

    sent(tool, deployment(commands=[]), deployment(state="successful", commands=[]))

    assert status(tool) == "invalid"
    assert not DoorRun.objects.exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"state": "done"}, "state: Give one of cancelled,"),
        ({"pipeline": {"id": 7}}, "pipeline.id: Give a text"),
        ({"environment": None}, "environment.id: Give a text"),
        ({"deploymentSequenceNumber": "42"}, "deploymentSequenceNumber: Give a whole number."),
        ({"deploymentSequenceNumber": True}, "deploymentSequenceNumber: Give a whole number."),
        ({"commands": "x"}, "commands: Give a list."),
        ({"pipeline": {"id": "other"}}, "Nothing says which service “other”"),
    ],
)
def test_a_deployment_that_is_not_taken_is_said_with_its_key_beside_those_that_are(given, why):
    mapping("jira", "folder/shop", "us-prod-1", template=template())

    said = sent(jenkins(), deployment(**given), deployment())

    (rejected,) = said["rejectedDeployments"]
    assert rejected["errors"][0]["message"].startswith(why)
    assert len(said["acceptedDeployments"]) == Change.objects.count() == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"deployments": {}}', b'{"deployments": []}', b'{"a": NaN}']
)
def test_a_body_that_cannot_be_read_is_a_400_in_their_form(body: bytes):
    before = written()

    answer = jenkins().send("POST", BULK, body)

    assert (answer.status_code, list(answer.json()[0])) == (400, ["message"])
    assert written() == before


@pytest.mark.parametrize(
    "limits", [{"services": ("search",)}, {"teams": ("platform",)}, {"environments": ("staging",)}]
)
def test_a_strangers_token_sees_nothing_and_opens_nothing(limits):
    mapping("jira", "folder/shop", "us-prod-1", template=template())
    sent(jenkins(), deployment())
    stranger, before = jenkins(token(**limits)), written()

    told = stranger.get(STATUS).json()
    taken = sent(stranger, deployment(deploymentSequenceNumber=43))

    assert (told["gatingStatus"], told["details"]) == ("invalid", [])
    assert taken["acceptedDeployments"] == []
    assert written() == before


def test_nobody_and_a_token_without_the_scope_are_refused_in_their_form():
    nobody, reader = Tool("", root="/compat/jira"), jenkins(token("changes:read"))
    asker = jenkins(token("gate"))
    mapping("jira", "folder/shop", "us-prod-1", template=template())

    assert [one.get(STATUS).status_code for one in (nobody, reader)] == [401, 403]
    (rejected,) = sent(asker, deployment())["rejectedDeployments"]
    assert "lacks the scope changes:write" in rejected["errors"][0]["message"]
    assert asker.send("DELETE", STATUS).json() == [{"message": "Use GET here."}]

"""Everything of the war room over REST."""

import json

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import Service, User
from incidents import queries
from incidents.models import ChecklistItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(now):
    """Send a request with a token of some scopes; answers status and body."""
    robot = User.objects.create_user("ci", is_robot=True)

    def send(method, path, body=None, *, user=None, scopes=("admin",), **limits):
        _, secret = tokens.issue(user=user or robot, name="t", scopes=scopes, now=now, **limits)
        answer = Client().generic(
            method,
            f"/api/v1/incidents/{path}".rstrip("/"),
            json.dumps(body or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return answer.status_code, answer.json()

    return send


def test_an_incident_is_run_over_rest(api, declared, checkout, oncall):
    ref = declared(severity=3).ref
    shop = Service.objects.create(slug="shop", name="Shop", owner_team=checkout.owner_team)
    shop.depends_on.add(checkout)
    Service.objects.create(slug="search", name="Search", owner_team=checkout.owner_team)
    step = ChecklistItem.objects.filter(severities__contains=[1])[0]
    say = {"user": oncall}

    done = [
        api("POST", f"{ref}/acknowledge"),
        api("POST", f"{ref}/severity", {"impact": 1, "urgency": 1, "reason": "All."}),
        api("PUT", f"{ref}/roles/commander", {"person": "oncall"}, **say),
        api("POST", f"{ref}/measure", {"users_affected": 7}),
        api("POST", f"{ref}/services", {"service": "search"}),
        api("POST", f"{ref}/notes", {"text": "It began.", "at": "2026-11-20T15:00:00Z"}),
        api("POST", f"{ref}/notes/1/correct", {"text": "It began late."}),
        api("POST", f"{ref}/notes/2/pin"),
        api("POST", f"{ref}/tasks", {"title": "Call", "assignee": "oncall"}),
        api("POST", f"{ref}/tasks/1", {"verb": "finish"}),
        api("POST", f"{ref}/checklist/{step.pk}"),
        api("POST", f"{ref}/mitigate", {"note": "Moved."}),
    ]

    assert [status for status, _ in done] == [200] * 5 + [201, 201, 200, 201, 200, 200, 200]
    assert (done[1][1]["severity"], done[3][1]["users_affected"]) == (1, 7)
    status, room = api("GET", f"{ref}/room", scopes=["changes:read"])
    assert status == 200
    assert (room["state"], room["affected_services"]) == ("mitigated", ["checkout", "search"])
    assert [(row["role"], row["person"]) for row in room["roles"]] == [("commander", "oncall")]
    assert [row["kind"] for row in room["clocks"]] == ["update"]
    assert [(row["title"], row["state"]) for row in room["tasks"]] == [("Call", "done")]
    assert [row["item"] for row in room["checklist"] if row["ticked_at"]] == [step.pk]
    assert room["dependents"] == [{"service": "shop", "steps": 1}]
    _, told = api("GET", f"{ref}/timeline", scopes=["changes:read"])
    assert [(row["number"], row["corrected_by"], row["pinned"]) for row in told["notes"]] == [
        (1, 2, False),
        (2, None, True),
    ]
    assert told["events"][-1]["verb"] == "incident.mitigated"


def test_two_are_merged_and_one_is_split_over_rest(api, declared, oncall):
    one, other = declared(), declared()

    merged = api("POST", f"{other.ref}/merge", {"into": one.ref}, user=oncall)
    split = api("POST", f"{one.ref}/split", {"title": "Another"}, user=oncall)

    assert (merged[0], merged[1]["ref"]) == (200, one.ref)
    assert api("GET", other.ref)[1]["folded_into"] == one.ref
    assert (split[0], split[1]["title"]) == (201, "Another")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("severity", {"reason": "x"}, 422),
        ("severity", {"severity": 1}, 422),
        ("severity", {"severity": True, "reason": "x"}, 422),
        ("measure", {"users_affected": -1}, 422),
        ("measure", {"money_affected": 5}, 422),
        ("services", {"service": "moon"}, 404),
        ("notes", {"text": ""}, 422),
        ("notes", {"text": "x", "at": "2999-01-01T00:00:00Z"}, 422),
        ("notes/9/correct", {"text": "x"}, 422),
        ("tasks", {"title": "x", "assignee": "nobody"}, 422),
        ("tasks/9", {"verb": "finish"}, 422),
        ("tasks/9", {"verb": "burn"}, 422),
        ("checklist/0", {}, 422),
        ("merge", {"into": "INC-999999"}, 404),
        ("split", {"title": "x", "tasks": ["1"]}, 422),
        ("reopen", {"note": "x"}, 409),
        ("reopen", {}, 422),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_do(api, declared, path, body, status):
    ref = declared().ref

    answered, told = api("POST", f"{ref}/{path}", body)

    assert answered == status, told
    assert told["code"]
    assert queries.by_ref(ref).state == "declared"


def test_a_token_for_another_service_does_nothing(api, declared):
    ref = declared().ref

    assert api("POST", f"{ref}/notes", {"text": "x"}, services=["search"])[0] == 403
    assert api("POST", f"{ref}/tasks", {"title": "x"}, scopes=["changes:read"])[0] == 403
    assert api("POST", "INC-999999/notes", {"text": "x"})[0] == 404


def test_severity_of_a_declaration_follows_from_the_matrix(api, checkout):
    Service.objects.create(slug="search", name="Search", owner_team=checkout.owner_team)
    body = {"title": "Down", "service": "checkout", "impact": 2, "urgency": 1}

    status, told = api("POST", "", body | {"affected": ["search"]})
    wrong = api("POST", "", {"title": "Down", "service": "checkout"})

    assert (status, told["severity"]) == (201, 2)
    assert (wrong[0], list(wrong[1]["errors"])) == (422, ["severity"])

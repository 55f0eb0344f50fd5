import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog import tokens
from catalog.models import User
from catalog.roles import AUDITORS
from incidents import lifecycle
from incidents.models import Incident
from ledger import timeline
from ledger.models import Event

pytestmark = pytest.mark.django_db
URL = "/api/v1/incidents"


@pytest.fixture
def api(now):
    """Send a request with a token of some scopes; answers status and body."""
    robot = User.objects.create_user("ci", is_robot=True)

    def send(method, path=URL, body=None, *, scopes=("admin",), headers=None, **limits):
        _, secret = tokens.issue(user=robot, name="ci", scopes=scopes, now=now, **limits)
        answer = Client().generic(
            method,
            path,
            body if isinstance(body, str | bytes) else json.dumps(body or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"} | (headers or {}),
        )
        return answer.status_code, answer.json()

    return send


@pytest.fixture
def declaration(checkout, production) -> dict:
    return {
        "title": "Payments fail",
        "description": "Cards time out.",
        "service": "checkout",
        "environment": "production",
        "severity": 1,
    }


def test_an_incident_is_declared(api, declaration):
    status, told = api("POST", body=declaration, scopes=["incidents:write"])

    incident = Incident.objects.get()
    assert status == 201
    assert told == declaration | {
        "ref": incident.ref,
        "state": "declared",
        "is_open": True,
        **dict.fromkeys(("impact", "urgency", "users_affected", "money_affected", "folded_into")),
        "currency": "",
        "commander": None,
        "onset_at": told["declared_at"],
        "declared_at": told["declared_at"],
        "declared_by": "ci",
        **dict.fromkeys(("acknowledged_at", "acknowledged_by", "mitigated_at", "mitigated_by")),
        **dict.fromkeys(("resolved_at", "resolved_by", "reopened_at", "closed_at", "closed_by")),
        "resolution": "",
        "closing_note": "",
    }
    assert told["declared_at"].endswith("Z")
    assert [event.verb for event in timeline.events_of(subject=incident.ref)] == [
        "incident.declared"
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": ["x"]}, "title"),
        ({"service": "nil"}, "service"),
        ({"service": 7}, "service"),
        ({"environment": "moon"}, "environment"),
        ({"severity": 5}, "severity"),
        ({"severity": True}, "severity"),
        ({"severity": {"a": 1}}, "severity"),
        ({"description": "x" * 20_001}, "description"),
    ],
)
def test_a_wrong_field_is_named(api, declaration, wrong, field):
    status, told = api("POST", body=declaration | wrong)

    assert (status, told["code"], list(told["errors"])) == (422, "invalid", [field])
    assert Incident.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 422), (b"\xff", 422), ("[]", 422), ('{"title": "\\u0000"}', 422), ("null", 422)],
)
def test_a_body_that_is_no_object_is_refused(api, body, status):
    assert api("POST", body=body)[0] == status


def test_the_same_declaration_sent_twice_is_one_incident(api, declaration):
    key = {"Idempotency-Key": "6c1f"}

    first = api("POST", body=declaration, headers=key)
    second = api("POST", body=declaration, headers=key)
    other = api("POST", body=declaration | {"severity": 2}, headers=key)

    assert first == second
    assert (other[0], other[1]["code"]) == (422, "idempotency_key_reused")
    assert (Incident.objects.count(), Event.objects.count()) == (1, 1)


def test_an_incident_is_read_and_closed(api, declared):
    ref = declared().ref

    status, told = api("POST", f"{URL}/{ref}/close", {"note": "Rolled back."})
    assert (status, told["state"], told["closing_note"]) == (200, "closed", "Rolled back.")
    assert (told["closed_by"], told["closed_at"][-1]) == ("ci", "Z")
    assert api("GET", f"{URL}/{ref}", scopes=["changes:read"]) == (200, told)


def test_closing_a_closed_incident_is_refused(api, declared, oncall, now):
    ref = declared().ref
    lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)

    status, told = api("POST", f"{URL}/{ref}/close", {"note": "Again."})

    assert (status, told["code"]) == (409, "wrong_state")
    remedy = "Reopen it if the trouble is back, or declare a new incident."
    assert told["reasons"][0]["remedy"] == remedy


@pytest.mark.parametrize("note", ["", "   ", None])
def test_closing_without_a_note_is_refused(api, declared, note):
    ref = declared().ref

    status, told = api("POST", f"{URL}/{ref}/close", {"note": note})

    assert (status, list(told["errors"])) == (422, ["note"])


@pytest.mark.parametrize("ref", ["INC-999", "INC-x", "CHG-1", "INC-99999999999999999999"])
def test_an_unknown_incident_is_not_found(api, ref):
    assert api("GET", f"{URL}/{ref}")[0] == 404
    assert api("POST", f"{URL}/{ref}/close", {"note": "x"})[0] == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]),
        ("?state=open", [3, 2]),
        ("?state=closed", [1]),
        ("?state=declared", [3]),
        ("?state=mitigated", [2]),
        ("?state=resolved", []),
        ("?severity=2", [2]),
        ("?service=checkout&severity=1", [3, 1]),
        ("?service=nil", []),
        ("?limit=2", [3, 2]),
    ],
)
def test_incidents_are_listed_newest_first(api, declared, oncall, now, query, found):
    made = [declared(severity=severity) for severity in (1, 2, 1)]
    lifecycle.close(ref=made[0].ref, note="Rolled back.", actor=oncall, now=now)
    lifecycle.mitigate(ref=made[1].ref, actor=oncall, now=now)

    status, told = api("GET", URL + query, scopes=["changes:read"])

    assert status == 200
    assert [row["ref"] for row in told["results"]] == [made[place - 1].ref for place in found]


@pytest.mark.parametrize("query", ["?severity=9", "?state=gone", "?limit=0", "?cursor=x"])
def test_a_wrong_filter_is_refused(api, query):
    assert api("GET", URL + query)[0] == 422


def test_a_list_costs_the_same_for_one_and_for_three(api, declared, django_assert_num_queries):
    declared()
    user = User.objects.create_user("engineer")
    browser = Client()
    browser.force_login(user)
    for _ in range(2):
        with django_assert_num_queries(3):  # session, user, incidents
            browser.get(URL)
        declared()
        declared()


def test_instants_are_in_utc_whoever_reads(declared):
    declared()
    browser = Client()
    browser.force_login(User.objects.create_user("engineer", time_zone="Europe/Amsterdam"))

    (told,) = browser.get(URL).json()["results"]

    assert told["declared_at"] == "2026-11-20T16:00:00Z"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", URL, "incidents:write"),
        ("GET", f"{URL}/INC-1", "gate"),
        ("POST", URL, "changes:read"),
        ("POST", f"{URL}/INC-1/close", "changes:write"),
    ],
)
def test_a_token_without_the_scope_is_refused(api, method, path, scope):
    status, told = api(method, path, scopes=[scope])

    assert (status, told["code"]) == (403, "not_permitted")


def test_without_identity_nothing_is_told():
    answer = Client().get(URL)

    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def test_a_token_for_another_service_declares_nothing(api, declaration):
    limit = {"services": ["search"]}

    assert api("POST", body=declaration, **limit)[0] == 403
    assert api("POST", body=declaration, teams=["payments"])[0] == 201
    assert Incident.objects.count() == 1


def test_a_token_for_another_service_closes_nothing(api, declared):
    path = f"{URL}/{declared().ref}/close"

    assert api("POST", path, {"note": "x"}, services=["search"])[0] == 403
    assert Incident.objects.get().is_open


def test_an_auditor_reads_and_declares_nothing(declared, declaration):
    auditor = User.objects.create_user("auditor")
    auditor.groups.add(Group.objects.get_or_create(name=AUDITORS)[0])
    browser = Client()
    browser.force_login(auditor)
    declared()

    assert browser.get(URL).status_code == 200
    assert browser.post(URL, declaration, content_type="application/json").status_code == 403
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(api, method):
    assert api(method)[0] == 405

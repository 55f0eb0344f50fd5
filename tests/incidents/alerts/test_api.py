"""Alerts over REST."""

import json

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import User
from incidents.models import Alert, Incident

pytestmark = pytest.mark.django_db
URL = "/api/v1/alerts"


@pytest.fixture
def api(now):
    """Send a request with a token of some scopes; answers status and body."""
    robot = User.objects.create_user("watch", is_robot=True)

    def send(method, path=URL, *, scopes=("admin",), **limits):
        _, secret = tokens.issue(user=robot, name="watch", scopes=scopes, now=now, **limits)
        headers = {"Authorization": f"Bearer {secret}"}
        answer = Client().generic(
            method, path, b"{}", content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.content or b"null")

    return send


def test_what_fires_is_listed_and_read(api, say, route):
    route()
    say("a1", "firing", severity=2, labels={"team": "pay"})
    say("a2", "firing", after=1)
    say("a2", "resolved", after=2)
    incident = Alert.objects.get(key="a1").incident.ref

    status, told = api("GET", scopes=["changes:read"])

    assert status == 200
    assert [one["key"] for one in told["results"]] == ["a1"]
    one = told["results"][0]
    assert (one["service"], one["incident"], one["state"]) == ("checkout", incident, "firing")
    assert (one["labels"], one["started_at"]) == ({"team": "pay"}, "2026-11-20T16:00:00Z")
    assert api("GET", f"{URL}/{one['id']}")[1] == one
    assert [one["key"] for one in api("GET", f"{URL}?view=ended")[1]["results"]] == ["a2"]
    everything = f"{URL}?view=all&incident={incident}"
    assert [one["key"] for one in api("GET", everything)[1]["results"]] == ["a1"]
    assert api("GET", f"{URL}?view=lost")[0] == 422
    assert api("GET", f"{URL}/999999")[0] == 404


def test_pages_follow_each_other(api, say):
    for number in range(3):
        say(f"a{number}", "firing")

    first = api("GET", f"{URL}?limit=2")[1]
    second = api("GET", first["next"].partition("testserver")[2])[1]

    keys = [one["key"] for one in first["results"] + second["results"]]
    assert sorted(keys) == ["a0", "a1", "a2"]
    assert second["next"] is None


def test_an_alert_is_acknowledged_once(api, say, route):
    route()
    say("a1", "firing")
    path = f"{URL}/{Alert.objects.get().pk}/acknowledge"
    assert api("POST", path, scopes=["changes:read"])[0] == 403
    assert api("POST", path, scopes=["incidents:write"], services=["elsewhere"])[0] == 403
    assert Alert.objects.get().state == "firing"

    status, told = api("POST", path, scopes=["incidents:write"])

    assert (status, told["state"], told["acknowledged_by"]) == (200, "acknowledged", "watch")
    status, told = api("POST", path, scopes=["incidents:write"])
    assert (status, told["code"]) == (409, "wrong_state")
    assert Incident.objects.get().state == "declared"

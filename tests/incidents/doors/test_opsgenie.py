"""Opsgenie's alert API v2, as its own client speaks it."""

import json
from datetime import UTC, datetime, timedelta

import opsgenie_sdk
import pytest
from django.test import Client

from incidents.models import Alert
from ledger.models import Message
from tests.incidents.doors.captures import captured

pytestmark = pytest.mark.django_db
ALERTS = "/compat/opsgenie/v2/alerts"


def ask(method: str, path: str, key: str, body: object = None):
    headers = {"Authorization": f"GenieKey {key}"}
    told = b"" if body is None else json.dumps(body)
    return Client().generic(method, path, told, content_type="application/json", headers=headers)


def test_the_captured_client_opens_and_closes_an_alert(source, for_checkout, read):
    key = source("opsgenie")
    opened = ask("POST", ALERTS, key, captured("opsgenie_create"))
    assert (opened.status_code, opened.json()["result"]) == (202, "Request will be processed")
    assert set(opened.json()) == {"result", "took", "requestId"}
    number = opened.json()["requestId"]
    assert ask("GET", f"{ALERTS}/requests/{number}", key).status_code == 404
    read()

    alert = Alert.objects.get()
    assert (alert.key, alert.title, alert.severity, alert.state) == ("a1", "m", 1, "firing")
    assert alert.labels == {"k": "v", "x": "true"}
    became = ask("GET", f"{ALERTS}/requests/{number}", key).json()["data"]
    assert (became["isSuccess"], became["alertId"], became["alias"]) == (True, str(alert.pk), "a1")

    ask("POST", ALERTS, key, captured("opsgenie_create"))
    ask("POST", f"{ALERTS}/a1/close?identifierType=alias", key, captured("opsgenie_close"))
    read()
    alert.refresh_from_db()
    assert (alert.state, alert.heard, alert.occurrences) == ("resolved", 3, 1)


def test_an_alert_is_found_by_its_number_and_its_alias(source, read):
    key = source("opsgenie")
    ask("POST", ALERTS, key, {"message": "disk full", "alias": "d/1", "priority": "P2"})
    read()
    number = Alert.objects.get().pk

    by_number = ask("GET", f"{ALERTS}/{number}", key).json()["data"]
    assert (by_number["alias"], by_number["status"], by_number["count"]) == ("d/1", "open", 1)
    assert ask("GET", ALERTS, key).json()["data"][0]["id"] == str(number)
    assert ask("GET", f"{ALERTS}/{number + 1}", key).status_code == 404
    other = source("opsgenie", "other")
    assert ask("GET", f"{ALERTS}/{number}", other).status_code == 404
    ask("POST", f"{ALERTS}/{number}/acknowledge", key, {"user": "u", "note": "on it"})
    ask("POST", f"{ALERTS}/{number}/notes", key, {"note": "more"})
    read()
    assert Alert.objects.get().state == "acknowledged"
    assert ask("DELETE", f"{ALERTS}/{number}", key).status_code == 202
    read()
    assert Alert.objects.get().state == "resolved"


def test_what_people_say_is_kept_with_the_alert_once(source, for_checkout, read, oncall):
    key = source("opsgenie")
    ask("POST", ALERTS, key, {"message": "disk full", "alias": "d1", "note": "Again."})
    by_alias = f"{ALERTS}/d1"
    ask("POST", f"{by_alias}/notes?identifierType=alias", key, {"user": "ada", "note": "<b>Mine."})
    ask("POST", f"{by_alias}/acknowledge?identifierType=alias", key, {"user": "ada", "note": "On."})
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    ask("POST", f"{by_alias}/snooze?identifierType=alias", key, {"endTime": until, "user": "ada"})
    endless = ask("POST", f"{by_alias}/snooze?identifierType=alias", key, {"user": "ada"})
    assert (endless.status_code, endless.json()["message"]) == (422, "End time must be an instant.")
    ask("POST", f"{ALERTS}/nowhere/notes?identifierType=alias", key, {"note": "Who?"})
    assert read() == ["done"] * 5

    alert = Alert.objects.get()
    said = [(one.act, one.by, one.text) for one in alert.notes.order_by("id")]
    assert said == [
        ("noted", "", "Again."),
        ("noted", "ada", "<b>Mine."),
        ("acknowledged", "ada", "On."),
        ("snoozed", "ada", ""),
    ]
    shown = ask("GET", f"{ALERTS}/{alert.pk}", key).json()["data"]
    assert (shown["snoozed"], "snoozedUntil" in shown) == (True, True)
    browser = Client()
    browser.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    html = browser.get(f"/alerts/{alert.pk}").content.decode()
    assert "&lt;b&gt;Mine." in html
    assert "it declares no incident before" in html
    assert "snoozed until" in browser.get("/alerts").content.decode()
    other = source("opsgenie", "other")
    ask("POST", f"{ALERTS}/{alert.pk}/notes", other, {"note": "A stranger."})
    read()
    assert alert.notes.count() == 4


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Message can not be empty."),
        ({"message": "m" * 131}, "Message can not be longer than 130 characters."),
        ({"message": "m", "alias": 7}, "Alias must be a text of 512 characters at most."),
        ({"message": "m", "priority": "P9"}, "Priority must be one of P1, P2, P3, P4, P5."),
        ([], "The body is not a JSON object."),
    ],
)
def test_what_opsgenie_would_not_process_is_refused(source, body, says):
    answer = ask("POST", ALERTS, source("opsgenie"), body)

    assert (answer.status_code, answer.json()["message"]) == (422, says)
    assert not Message.objects.exists()


def test_a_stranger_is_refused_in_opsgenies_form(source):
    source("opsgenie")

    for method, path in (("POST", ALERTS), ("GET", ALERTS), ("GET", f"{ALERTS}/requests/x")):
        answer = ask(method, path, "wrong", {"message": "m"} if method == "POST" else None)
        assert answer.status_code == 401
        assert set(answer.json()) == {"message", "took", "requestId"}
    assert ask("POST", f"{ALERTS}/1/explode", "wrong", {}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_opsgenies_own_client_is_understood(source, read, live_server):
    conf = opsgenie_sdk.Configuration()
    conf.api_key["Authorization"] = source("opsgenie")
    conf.host = f"{live_server.url}/compat/opsgenie"
    client = opsgenie_sdk.ApiClient(configuration=conf)
    client.set_default_header("Connection", "close")
    api = opsgenie_sdk.AlertApi(client)
    made = api.create_alert(
        opsgenie_sdk.CreateAlertPayload(message="m", alias="a1", priority="P3", tags=["x"])
    )
    read()
    assert api.get_request_status(made.request_id).data.is_success is True
    assert api.get_alert("a1", identifier_type="alias").data.message == "m"

    api.close_alert("a1", identifier_type="alias", close_alert_payload={"user": "u"})
    read()

    assert Alert.objects.get().state == "resolved"

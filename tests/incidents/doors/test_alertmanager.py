"""Alertmanager's webhook, and its API as Prometheus posts to it."""

import base64
import json

import pytest
from django.test import Client

from incidents import alerts
from incidents.doors.alertmanager import fingerprint
from incidents.models import Alert, Incident
from ledger.models import Message, Source
from tests.incidents.doors.captures import ago, captured

pytestmark = pytest.mark.django_db
API = "/compat/alertmanager/api/v2/alerts"


def post(path: str, key: str, body: object, **headers: str):
    shown = {"Authorization": f"Bearer {key}", **headers}
    return Client().post(path, json.dumps(body), content_type="application/json", headers=shown)


def moved(body: dict, *, began: float, ended: float | None = None) -> dict:
    """A group whose alerts began, and ended, so many minutes ago."""
    times = {"startsAt": ago(began), **({"endsAt": ago(ended)} if ended is not None else {})}
    return {**body, "alerts": [{**one, **times} for one in body["alerts"]]}


def test_a_captured_group_fires_and_ends(source, for_checkout, read, checkout):
    key = source("alertmanager")
    firing = moved(captured("alertmanager_firing"), began=7)
    assert post("/hooks/alertmanager", key, firing).status_code == 202
    assert read() == ["done"]

    incident = Incident.objects.get()
    kept = Alert.objects.order_by("title", "-key")
    assert [one.title for one in kept] == [
        "5xx > 5%",
        "5xx > 5%",
        "Alertmanager left 1 alerts out of this group",
    ]
    assert (kept[0].key, kept[0].severity, kept[0].service) == ("b1c11497b32ce15e", 1, checkout)
    assert kept[0].links[0] == {"url": "http://runbook.example/5xx", "text": "runbook"}
    assert (incident.title, incident.severity, incident.alerts.count()) == ("5xx > 5%", 1, 3)
    assert incident.onset_at.isoformat().replace("+00:00", "Z") == firing["alerts"][0]["startsAt"]

    resolved = captured("alertmanager_resolved")
    resolved["alerts"] = [
        {**one, "startsAt": firing["alerts"][0]["startsAt"], "endsAt": ago(1)}
        for one in resolved["alerts"]
    ]
    post("/hooks/alertmanager", key, resolved)
    post("/hooks/alertmanager", key, firing)
    read()

    states = list(Alert.objects.order_by("title").values_list("state", "occurrences"))
    assert states == [("resolved", 1), ("resolved", 1), ("firing", 2)]


def test_the_fingerprint_is_alertmanagers():
    alert = captured("alertmanager_firing")["alerts"][0]

    assert fingerprint(alert["labels"]) == alert["fingerprint"]


def test_what_prometheus_posts_is_answered_as_alertmanager_does(source, for_checkout, read, now):
    key = source("alertmanager")
    posted = captured("prometheus_posted")
    posted[0] |= {"startsAt": ago(1), "endsAt": ago(-3)}
    answer = post(API, key, posted)
    assert (answer.status_code, answer.content) == (200, b"")
    read()

    alert = Alert.objects.get()
    assert (alert.state, alert.title) == ("firing", "self is up")
    assert alert.ends_by_itself_at.isoformat().replace("+00:00", "Z") == posted[0]["endsAt"]
    assert alerts.end_overdue(now=alert.ends_by_itself_at, limit=9) == 1
    posted[0]["endsAt"] = ago(0)
    post(API, key, posted)
    read()
    alert.refresh_from_db()
    assert (alert.state, alert.occurrences) == ("resolved", 1)


def test_the_api_tells_what_fires_by_its_filters(source, for_checkout, read):
    key = source("alertmanager")
    post(API, key, [{"labels": {"alertname": name}, "startsAt": ago(1)} for name in ("A", "B")])
    read()

    def told(query: str = ""):
        basic = base64.b64encode(f"prometheus:{key}".encode()).decode()
        return Client().get(API + query, headers={"Authorization": f"Basic {basic}"})

    assert sorted(one["labels"]["alertname"] for one in told().json()) == ["A", "B"]
    only = told('?filter=alertname%3D~"B|C"').json()
    assert [one["labels"] for one in only] == [{"alertname": "B"}]
    assert only[0]["status"] == {"state": "active", "silencedBy": [], "inhibitedBy": []}
    assert set(only[0]) == {
        "fingerprint",
        "receivers",
        "startsAt",
        "endsAt",
        "updatedAt",
        "annotations",
        "labels",
        "generatorURL",
        "status",
    }
    assert told("?filter=(").status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ([{"labels": {}}], 400, "at least one label pair required"),
        ([{"annotations": {}}], 400, "at least one label pair required"),
        (
            [{"labels": {"a": "b"}, "startsAt": ago(1), "endsAt": ago(2)}],
            400,
            "start time must be before end time",
        ),
        ({"labels": {}}, 400, None),
        ([], 200, None),
    ],
)
def test_what_alertmanager_refuses_is_refused_in_its_words(source, body, status, said):
    answer = post(API, source("alertmanager"), body)

    assert answer.status_code == status
    if said:
        assert answer.json() == said
        assert not Message.objects.exists()
    elif status == 400:
        assert answer.json()["message"].startswith('parsing alerts body from "" failed, because ')


def test_sound_alerts_are_kept_beside_wrong_ones(source, read):
    answer = post(API, source("alertmanager"), [{"labels": {}}, {"labels": {"alertname": "A"}}])

    assert answer.status_code == 400
    assert read() == ["done"]
    assert Alert.objects.get().title == "A"


def test_a_stranger_is_told_nothing(source, client: Client):
    source("alertmanager")

    for path in (API, "/compat/alertmanager/api/v2/status"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
    body = [{"labels": {"a": "b"}}]
    assert post(API, "x", body).status_code == 401
    assert post("/hooks/alertmanager", "x", body).status_code == 401
    assert not Message.objects.exists()


def test_a_flood_is_told_503_for_429_would_lose_it(source):
    key = source("alertmanager")
    Source.objects.update(per_minute=1)

    answers = [post("/hooks/alertmanager", key, {"alerts": []}).status_code for _ in range(2)]

    assert answers == [202, 503]


def test_a_malformed_message_is_kept_and_given_up_in_words(source, read):
    key = source("alertmanager")
    post("/hooks/alertmanager", key, {"alerts": 7})

    assert read() == ["dead"]
    assert Message.objects.get().error == (
        "The message has no list “alerts”: it is none of Alertmanager’s."
    )
    assert not Alert.objects.exists()


@pytest.mark.parametrize("path", ["/hooks/alertmanager", API])
def test_a_storm_in_one_message_of_megabytes_is_taken_whole(source, read, path):
    told = [
        {
            "status": "firing",
            "labels": {"alertname": "Storm", "instance": f"web-{number}"},
            "annotations": {"description": "x" * 9_000},
            "startsAt": ago(1),
            "fingerprint": f"{number:016x}",
        }
        for number in range(200)
    ]
    body = {"groupKey": "g", "alerts": told} if path != API else told

    answer = post(path, source("alertmanager"), body)

    assert (answer.status_code, read()) == (200 if path == API else 202, ["done"])
    assert len(bytes(Message.objects.get().body)) > 1_800_000
    assert Alert.objects.filter(state="firing").count() == 200

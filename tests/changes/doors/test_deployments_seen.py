"""GitHub, Argo CD and PagerDuty tell of deployments in their own words; each is seen once."""

import hmac
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes import sightings
from changes.models import Change, SeenDeployment
from ledger import inbox
from ledger.models import Message
from tests.living import person

pytestmark = pytest.mark.django_db
GITHUB = {
    "action": "created",
    "deployment_status": {
        "state": "in_progress",
        "environment": "production",
        "created_at": "2026-11-20T10:00:00Z",
        "log_url": "https://github.example.org/acme/refunds/actions/runs/9",
        "creator": {"login": "octocat"},
    },
    "deployment": {"id": 42, "sha": "4f1c2d9" + "0" * 33, "environment": "production"},
    "repository": {"full_name": "acme/refunds"},
}
ARGO_CD = {
    "schema": "tidegate.argo-cd/1",
    "app": "acme/refunds",
    "namespace": "refunds",
    "revision": "4f1c2d9" + "0" * 33,
    "phase": "Succeeded",
    "started_at": "2026-11-20T10:00:00Z",
    "by": "<no value>",
    "url": "https://argocd.example.org/applications/refunds",
}
PAGERDUTY = {
    "payload": {
        "summary": "Deploy refunds 2.31.0 to prod",
        "source": "ci/refunds#812",
        "timestamp": "2026-11-20T10:00:00Z",
        "custom_details": {
            "service": "acme/refunds",
            "environment": "prod",
            "version": "2.31.0",
            "commit": "4f1c2d9" + "0" * 33,
        },
    },
    "links": [{"href": "https://ci.example.org/812", "text": "pipeline"}],
}
FIXTURE = Path(__file__).parent / "pagerduty_client_change.json"


def github(client: Client, secret: str, event: Any, *, delivery: str = "d-1") -> Any:
    body = json.dumps(event).encode()
    signed = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    return client.post(
        "/hooks/github-shop",
        body,
        content_type="application/json",
        headers={
            "X-GitHub-Event": "deployment_status",
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": signed,
        },
    )


def argo_cd(client: Client, key: str, event: Any) -> Any:
    return client.post(
        "/hooks/argo-cd-shop",
        json.dumps(event),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def pagerduty(client: Client, key: str, event: Any) -> Any:
    return client.post(
        "/compat/pagerduty/v2/change/enqueue",
        json.dumps({**event, "routing_key": key}),
        content_type="application/json",
    )


def read() -> list[str]:
    """Have everything read; answers what became of each message."""
    while inbox.work(now=timezone.now(), limit=50):
        pass
    return list(Message.objects.order_by("id").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("vendor", "post", "event", "stage"),
    [
        ("github", github, GITHUB, "production"),
        ("argo-cd", argo_cd, ARGO_CD, "refunds"),
        ("pagerduty", pagerduty, PAGERDUTY, "prod"),
    ],
)
def test_a_deployment_that_is_told_becomes_an_unauthorised_change(
    client: Client, source, vendor, post, event, stage
) -> None:
    answer = post(client, source(vendor), event)
    assert answer.status_code == 202

    assert read() == ["done"]
    seen = SeenDeployment.objects.get()
    assert (seen.vendor, seen.project, seen.stage) == (vendor, "acme/refunds", stage)
    assert seen.revision == "4f1c2d9" + "0" * 33
    assert seen.at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert seen.told[0]["source"] == f"{vendor}-shop"
    sightings.judge(now=seen.judge_at, limit=9)
    change = Change.objects.get()
    assert change.unauthorised_at is not None
    assert vendor in change.description


def test_what_github_delivers_twice_is_read_once(client: Client, source) -> None:
    secret = source("github")
    first, again = (github(client, secret, GITHUB) for _ in range(2))

    assert (first.json()["status"], again.json()["status"]) == ("kept", "kept_before")
    assert (again.status_code, read()) == (202, ["done"])


@pytest.mark.parametrize("state", ["queued", "waiting", "pending", "inactive"])
def test_a_deployment_that_touched_nothing_is_not_seen(client: Client, source, state) -> None:
    event = deepcopy(GITHUB)
    event["deployment_status"]["state"] = state

    github(client, source("github"), event)

    assert read() == ["done"]
    assert not SeenDeployment.objects.exists()


def test_two_statuses_of_one_deployment_are_one(client: Client, source) -> None:
    secret = source("github")
    for number, state in enumerate(["in_progress", "success"]):
        event = deepcopy(GITHUB)
        event["deployment_status"] |= {"state": state, "created_at": f"2026-11-2{number}T10:00:00Z"}
        github(client, secret, event, delivery=f"d-{number}")

    read()
    assert [one["status"] for one in SeenDeployment.objects.get().told] == [
        "in_progress",
        "success",
    ]


@pytest.mark.parametrize(
    "event",
    [
        [],
        "x",
        {"deployment": None, "deployment_status": 7, "repository": []},
        {"repository": {"full_name": "acme/refunds"}, "deployment": {"id": None}},
    ],
)
def test_what_makes_no_sense_is_given_up_and_kept_for_a_person(
    client: Client, source, event, caplog
) -> None:
    assert github(client, source("github"), event).status_code == 202

    assert read() == ["dead"]
    assert not SeenDeployment.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created_at", "yesterday"),
        ("created_at", "9999-12-31T23:59:59+00:00"),
        ("created_at", "2026-11-20T10:00:00"),
        ("created_at", None),
        ("environment", "x" * 5000),
        ("log_url", "javascript:alert(1)"),
        ("log_url", {"a": 1}),
    ],
)
def test_an_odd_value_does_not_lose_the_deployment(client: Client, source, name, value) -> None:
    event = deepcopy(GITHUB)
    event["deployment_status"][name] = value

    github(client, source("github"), event)

    assert read() == ["done"]
    seen = SeenDeployment.objects.get()
    assert seen.at <= timezone.now()
    sightings.judge(now=seen.judge_at, limit=9)
    assert Change.objects.get().source_url in ("", GITHUB["deployment_status"]["log_url"])


def test_pagerdutys_own_client_is_understood(client: Client, source) -> None:
    key = source("pagerduty")
    sent = json.loads(FIXTURE.read_text())["body"]

    answer = pagerduty(client, key, sent)

    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "success", "message": "Change event processed"},
    )
    read()
    seen = SeenDeployment.objects.get()
    assert (seen.project, seen.state) == ("ci", "unmapped")
    assert key.encode() not in bytes(Message.objects.get().body)


def test_the_same_change_event_twice_is_one(client: Client, source) -> None:
    key = source("pagerduty")
    answers = [pagerduty(client, key, PAGERDUTY).status_code for _ in range(2)]

    assert (answers, Message.objects.count()) == ([202, 202], 1)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", ("Unrecognized object", 1)),
        (b"[1]", ("Unrecognized object", 1)),
        (b"\xff", ("Unrecognized object", 1)),
        (b"{}", ("invalid event", 2)),
        (b'{"routing_key": 7, "payload": {"summary": " "}}', ("invalid event", 2)),
        (b'{"routing_key": "%s", "payload": {"summary": "x"}}' % (b"k" * 32), ("invalid event", 1)),
        (
            b'{"routing_key": "%s", "payload": {"summary": "%s"}}' % (b"k" * 32, b"x" * 1025),
            ("invalid event", 1),
        ),
        (
            b'{"routing_key": "%s", "payload": {"summary": "x", "custom_details": 7}}'
            % (b"k" * 32),
            ("invalid event", 1),
        ),
    ],
)
def test_what_pagerduty_would_refuse_is_refused_in_its_words(
    client: Client, source, body, told
) -> None:
    source("pagerduty")
    answer = client.post(
        "/compat/pagerduty/v2/change/enqueue", body, content_type="application/json"
    )

    said = answer.json()
    assert (answer.status_code, said["status"], len(said["errors"])) == (400, *told)
    assert not Message.objects.exists()


def test_a_key_of_another_vendor_is_not_known_here(client: Client, source) -> None:
    source("pagerduty")
    key = source("argo-cd")[:32]

    answer = pagerduty(client, key, PAGERDUTY)

    assert (answer.status_code, answer.json()["errors"]) == (400, ["'routing_key' is not known"])


def test_the_intakes_robot_owns_nothing_and_signs_in_nowhere(client: Client, source) -> None:
    github(client, source("github"), GITHUB)
    read()
    sightings.judge(now=timezone.now() + timedelta(minutes=1), limit=9)

    robot = person("intake")
    assert (robot.is_robot, robot.has_usable_password(), robot.is_staff) == (True, False, False)

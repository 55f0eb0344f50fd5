"""Azure Pipelines' check “Invoke REST API” that waits, and is told once it is decided."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog import tokens
from changes import waiting_runs
from changes.models import AzureHost, Deployment, GateAnswer, WaitingRun
from changes.rulebook import azure_hosts
from changes.states import State
from ledger.models import Delivery, Event
from tests.changes.doors.azure_world import (
    ASKED,
    JOB_TOKEN,
    PIPELINE,
    FakeAzure,
    approved,
    headers,
    mapping,
    passes,
    post,
    scheduled,
    submitted,
    token,
)
from tests.living import NINE, fresh, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


def test_the_token_in_the_body_or_the_log_is_nowhere(
    client: Client, secret: str, azure: FakeAzure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scheduled(timezone.now())
    azure.answers = [503]

    post(client, "callback", secret, **headers(azure.url))
    run = WaitingRun.objects.get()
    assert JOB_TOKEN.encode() not in bytes(run.sealed_token)
    passes(timezone.now())

    told = caplog.text + str(list(Event.objects.values())) + str(list(Delivery.objects.values()))
    assert JOB_TOKEN not in told + str(run.place)
    assert secret not in told


def test_a_check_that_waits_is_told_once_it_is_decided_and_its_token_forgotten(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    now = timezone.now()
    change = submitted(now)

    answer = post(client, "callback", secret, **headers(azure.url))
    run = WaitingRun.objects.get()
    passes(now + timedelta(minutes=1))
    assert (answer.status_code, answer.json()) == (200, {"status": "kept", "run": run.ref})
    assert (azure.told, WaitingRun.objects.get().state) == ([], "waiting")
    approved(change, now)
    passes(now + timedelta(minutes=2))

    assert azure.told == [
        {
            "name": "TaskCompleted",
            "taskId": run.place["task"],
            "jobId": run.place["job"],
            "result": "succeeded",
        }
    ]
    assert fresh(change).state == State.IMPLEMENTING
    assert Deployment.objects.get().status == "started"
    assert bytes(WaitingRun.objects.get().sealed_token) == b""
    assert verbs_of(run.ref) == ["run.arrived", "run.approved"]


def test_a_check_that_is_refused_fails_and_its_reasons_are_kept(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    post(client, "callback", secret, **headers(azure.url))
    passes(timezone.now())

    run = WaitingRun.objects.get()
    assert [told["result"] for told in azure.told] == ["failed"]
    event = Event.objects.get(subject=run.ref, verb="run.rejected")
    assert event.data["words"].startswith("Tidegate refuses\n- No open change covers refunds")


def test_an_answer_that_azure_does_not_take_is_sent_again(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    azure.answers = [500, 429]
    now = timezone.now()
    post(client, "callback", secret, **headers(azure.url))

    for minutes in (1, 2, 4):
        passes(now + timedelta(minutes=minutes))

    assert [told["result"] for told in azure.told] == ["failed"]
    assert WaitingRun.objects.get().answer.attempts == 3


def test_nothing_decided_in_time_fails_before_azure_stops_waiting(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    now = timezone.now()
    submitted(now)
    body = ASKED | {"timeout_minutes": 60}
    post(client, "callback", secret, body, **headers(azure.url))

    passes(now + timedelta(minutes=57))
    assert azure.told == []
    passes(now + timedelta(minutes=59))

    assert [told["result"] for told in azure.told] == ["failed"]
    run = WaitingRun.objects.get()
    data = Event.objects.get(subject=run.ref, verb="run.rejected").data
    assert data["reasons"][0]["code"] == "not_decided_in_time"


def test_a_token_that_could_not_be_used_is_forgotten_after_two_days(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    azure.answers = [500] * 40
    post(client, "callback", secret, **headers(azure.url))
    now = timezone.now()
    passes(now)
    assert bytes(WaitingRun.objects.get().sealed_token) != b""

    waiting_runs.watch(now=now + timedelta(hours=49), limit=10)

    assert bytes(WaitingRun.objects.get().sealed_token) == b""


def test_a_check_that_asks_twice_is_kept_once(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    first = post(client, "callback", secret, **headers(azure.url))
    again = post(client, "callback", secret, **headers(azure.url))

    assert (first.json()["status"], again.json()["status"]) == ("kept", "kept_before")
    assert WaitingRun.objects.count() == 1


def test_a_check_of_a_pipeline_nobody_mapped_waits_until_somebody_does(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    now = timezone.now()
    scheduled(now)
    post(client, "callback", secret, PIPELINE | {"run_id": "77"}, **headers(azure.url))
    passes(now + timedelta(minutes=1))
    assert (azure.told, GateAnswer.objects.count()) == ([], 0)
    mapping()
    passes(now + timedelta(minutes=3))

    assert [told["result"] for told in azure.told] == ["succeeded"]


def test_a_token_revoked_meanwhile_lets_nothing_go(client: Client, azure: FakeAzure) -> None:
    now = timezone.now()
    change = scheduled(now)
    post(client, "callback", token(), **headers(azure.url))
    tokens.revoke(token=WaitingRun.objects.get().token, now=now)

    passes(now + timedelta(minutes=1))

    assert [told["result"] for told in azure.told] == ["failed"]
    assert fresh(change).state == State.SCHEDULED


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/fabrikam/",
        "http://169.254.169.254/latest/",
        "http://127.0.0.1:1/fabrikam/",
        "https://dev.azure.com@evil.example.org/",
    ],
)
def test_a_plan_of_elsewhere_is_refused_and_gets_no_token(
    client: Client, secret: str, azure: FakeAzure, url: str
) -> None:
    answer = post(client, "callback", secret, **headers(url))

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["PlanUrl"])
    assert not WaitingRun.objects.exists()


def test_a_host_taken_off_the_list_is_told_nothing_more(
    client: Client, secret: str, azure: FakeAzure
) -> None:
    post(client, "callback", secret, **headers(azure.url))
    row = AzureHost.objects.get(host=azure.host)
    row.is_active = False
    azure_hosts.save(row, actor=person("manager"), now=NINE)

    passes(timezone.now())

    assert azure.told == []
    assert WaitingRun.objects.get().answer.last_error == (
        f"Answers are no longer sent to {azure.host}."
    )


def test_a_plan_that_resolves_inside_is_not_reached(
    client: Client, secret: str, azure: FakeAzure, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    post(client, "callback", secret, **headers(azure.url))

    passes(timezone.now())

    assert azure.told == []
    assert "not a public address" in WaitingRun.objects.get().answer.last_error

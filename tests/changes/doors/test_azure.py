"""Azure Pipelines' check “Invoke REST API”: answered at once, or told later."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes.models import GateAnswer, WaitingRun
from changes.states import State
from ledger.models import Event
from tests.changes.doors.azure_world import (
    ASKED,
    PIPELINE,
    FakeAzure,
    headers,
    mapping,
    post,
    scheduled,
    submitted,
    token,
)
from tests.living import fresh

pytestmark = pytest.mark.usefixtures("settled")


@pytest.mark.parametrize(
    ("live", "word", "code"),
    [
        (scheduled, "approved", None),
        (submitted, "pending", "approvals_missing"),
        (lambda now: None, "rejected", "no_change"),
    ],
)
def test_the_check_is_told_in_a_word_that_criteria_can_read(
    client: Client, secret: str, live: Callable[..., Any], word: str, code: str | None
) -> None:
    change = live(timezone.now())

    answer = post(client, "check", secret)

    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, word)
    assert [reason["code"] for reason in told["reasons"]][:1] == ([code] if code else [])
    assert told["change"] == (change.ref if change else None)
    assert told["decision_id"] == str(GateAnswer.objects.get().pk)
    if change is not None:
        assert fresh(change).state != State.IMPLEMENTING


def test_a_check_that_passed_may_be_asked_again(client: Client, secret: str) -> None:
    change = scheduled(timezone.now())

    words = [post(client, "check", secret).json()["status"] for _ in range(3)]

    assert words == ["approved"] * 3
    assert (fresh(change).state, GateAnswer.objects.count()) == (State.SCHEDULED, 1)


def test_a_pipeline_and_stage_that_are_mapped_will_do(client: Client, secret: str) -> None:
    scheduled(timezone.now())
    body = PIPELINE | {"run_id": "77"}

    before = post(client, "check", secret, body).json()
    mapping(stage="prod")
    after = post(client, "check", secret, body).json()

    assert (before["status"], before["reasons"][0]["code"]) == ("rejected", "not_mapped")
    assert after["status"] == "approved"


def test_a_mapping_beyond_the_token_is_not_told_from_none(client: Client) -> None:
    mapping()
    elsewhere = token(services=["payments-api"])

    told = post(client, "check", elsewhere, PIPELINE | {"run_id": "77"}).json()

    assert (told["status"], told["reasons"][0]["code"]) == ("rejected", "not_mapped")
    assert not GateAnswer.objects.exists()


def test_a_password_of_basic_may_be_the_token(client: Client, secret: str) -> None:
    shown = base64.b64encode(f"ci:{secret}".encode()).decode()

    answer = post(client, "check", "", **{"Authorization": f"Basic {shown}"})

    assert answer.json()["status"] == "rejected"


@pytest.mark.parametrize("mode", ["check", "callback"])
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"service": "nobody"}, "service"),
        ({"environment": ""}, "environment"),
        ({"service": "", "environment": ""}, "service"),
        ({"pipeline": "Fabrikam/x"}, "service"),
        ({"run_id": None}, "run_id"),
        ({"change": "7; DROP"}, "change"),
        ({"colour": "red"}, "colour"),
        ({"timeout_minutes": 1}, "timeout_minutes"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_a_body_that_cannot_be_is_refused_by_field(
    client: Client, secret: str, azure: FakeAzure, mode: str, given: dict[str, Any], field: str
) -> None:
    before = Event.objects.count()

    answer = post(client, mode, secret, ASKED | given, **headers(azure.url))

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert (Event.objects.count(), WaitingRun.objects.count()) == (before, 0)


@pytest.mark.parametrize("mode", ["check", "callback"])
def test_strangers_and_tokens_for_elsewhere_get_nothing(
    client: Client, azure: FakeAzure, mode: str
) -> None:
    scheduled(timezone.now())
    statuses = [
        post(client, mode, shown, **headers(azure.url)).status_code
        for shown in (
            "tg_guess",
            token(scopes=["changes:read"]),
            token(services=["payments-api"]),
            token(environments=["staging"]),
        )
    ]

    assert statuses == [401, 403, 403, 403]
    assert (GateAnswer.objects.count(), WaitingRun.objects.count()) == (0, 0)

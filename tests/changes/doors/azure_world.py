"""Azure Pipelines as it calls: its headers, its body, and what it is told."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from catalog import tokens
from changes import waiting_runs
from changes.models import AzureHost, Change, DoorMapping
from changes.rulebook import azure_hosts, doors
from ledger import outbox
from tests import living
from tests.living import NINE, approve, file, fresh, person, say

GUID = "2f8d2b6a-6f0b-4c52-9d0a-0b0f4a4b1c{:02d}"
JOB_TOKEN = "eyJ0eXAi.job-access.token"
ASKED = {"service": "refunds", "environment": "production", "revision": "4f1c2d9", "run_id": "77"}


def headers(plan_url: str, *, job: int = 3) -> dict[str, str]:
    return {
        "PlanUrl": plan_url,
        "ProjectId": GUID.format(1),
        "HubName": "Gates",
        "PlanId": GUID.format(2),
        "JobId": GUID.format(job),
        "TaskInstanceId": GUID.format(4),
        "AuthToken": JOB_TOKEN,
    }


def post(client: Client, mode: str, secret: str, body: Any = ASKED, **more: str) -> Any:
    """One call of the check, with the token an operator put into its headers."""
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(
        f"/compat/azure/{mode}",
        sent,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", **more},
    )


def minutes_of(now: datetime) -> float:
    """What `living` calls an instant."""
    return (now - NINE) / timedelta(minutes=1)


def scheduled(now: datetime, **given: Any) -> Change:
    """A change that may be deployed at `now`; filed, submitted and approved an hour before."""
    return approved(submitted(now, **given), now)


def submitted(now: datetime, **given: Any) -> Change:
    """A change that waits for its votes, planned around `now`."""
    period = {
        "planned_start_at": now - timedelta(minutes=1),
        "planned_end_at": now + timedelta(hours=4),
    }
    change = file(minutes=minutes_of(now) - 60, **period | given)
    say("submit", change, minutes=minutes_of(now) - 50)
    return fresh(change)


def approved(change: Change, now: datetime) -> Change:
    approve(change, minutes=minutes_of(now) - 40)
    return fresh(change)


class FakeAzure:
    """Takes the end of a check as Azure DevOps does, from who holds its job's token."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.told: list[dict[str, Any]] = []
        self.answers: list[int] = []
        path = (
            f"/fabrikam/{GUID.format(1)}/_apis/distributedtask/hubs/Gates/plans/{GUID.format(2)}"
            "/events"
        )
        server.expect_request(
            path, method="POST", query_string="api-version=7.1"
        ).respond_with_handler(self._events)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/fabrikam/"

    def _events(self, request: Request) -> Response:
        if self.answers:
            return Response(status=self.answers.pop(0))
        if request.headers.get("Authorization") != f"Bearer {JOB_TOKEN}":
            return Response(status=401)
        self.told.append(json.loads(request.get_data()))
        return Response(status=200)


@pytest.fixture
def secret() -> str:
    return token()


def token(**given: Any) -> str:
    words = {"name": "azure", "scopes": ["gate"], "now": NINE} | given
    return tokens.issue(user=person("ci"), **words)[1]


@pytest.fixture
def azure(httpserver: HTTPServer, settings: Any) -> FakeAzure:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    fake = FakeAzure(httpserver)
    azure_hosts.save(AzureHost(host=fake.host), actor=person("manager"), now=NINE)
    return fake


def passes(now: datetime) -> None:
    """Workers look at every run that is due, and send what there is to send."""
    while waiting_runs.look_at_due(now=now):
        pass
    waiting_runs.watch(now=now, limit=10)
    outbox.sweep(now=now, limit=10)


def mapping(**given: Any) -> DoorMapping:
    words = {
        "vendor": "azure",
        "project": "Fabrikam/refunds-deploy",
        "service": living.service(),
        "environment": living.environment(),
    }
    return doors.save(DoorMapping(**words | given), actor=person("manager"), now=NINE)


PIPELINE = {"pipeline": "fabrikam/Refunds-Deploy", "stage": "Prod", "revision": "4f1c2d9"}

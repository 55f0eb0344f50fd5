"""The OpenAPI document tells the truth: schemathesis calls every operation of the real application.

Each case goes through the whole WSGI application to a real database. What is drawn from the
document must be answered as it says, what breaks it must be refused, and nothing may be a 500.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import ignored_auth, positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from catalog.models import Membership, Service
from changes.models import Window
from config.wsgi import application
from incidents import lifecycle
from tests.changes.api import world

CONFIG = {
    "generation": {"deterministic": True, "allow-x00": False},
    "phases": {"coverage": {"unexpected-methods": ["TRACE", "PUT", "DELETE"]}},
}
schema = schemathesis.openapi.from_wsgi(
    "/api/schema/?format=json", application, config=SchemathesisConfig.from_dict(CONFIG)
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Rows that exist, and headers of somebody who may do everything with them."""

    change: str
    window: str
    incident: str
    headers: dict[str, str]


@pytest.fixture
def ground(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """An organisation with one change, one window and one incident.

    A request must not close the connection, for the test's transaction is on it; Django's own test
    client sees to that in the same way. Nor must the short ways, which look for themselves.
    """
    monkeypatch.setattr("config.turns.close_old_connections", lambda: None)
    world.build()
    manager, now = world.user("manager"), datetime.now(UTC)
    payments = Service.objects.get(slug="payments-api")
    Membership.objects.create(user=manager, team=payments.owner_team, role="lead")
    change, window = world.filed(), Window.objects.latest("pk")
    incident = lifecycle.declare(
        title="Refunds fail", service=payments, severity=2, actor=manager, now=now
    )
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    token = world.token("manager", "admin")
    yield Ground(change, window.ref, incident.ref, {"Authorization": f"Bearer {token}"})
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_as_it_is_told(case: Case, ground: Ground) -> None:
    name_what_there_is(case, ground)
    case.call_and_validate(
        headers=ground.headers,
        excluded_checks=[
            # What the document allows may still name nothing, or come at the wrong time.
            positive_data_acceptance,
            # Sends everything twice more; tests/changes/api/test_access.py tries every door.
            ignored_auth,
        ],
    )


def name_what_there_is(case: Case, ground: Ground) -> None:
    """Let well-formed cases reach rows that exist, so that more than refusals are seen."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for kind in ("change", "window", "incident"):
        if case.path.startswith(f"/api/v1/{kind}s/") and "ref" in case.path_parameters:
            case.path_parameters["ref"] = getattr(ground, kind)
    there = {"service": "payments-api", "environment": "production", "change": ground.change}
    for given in (case.body, case.query):
        if isinstance(given, dict):
            given.update({name: value for name, value in there.items() if name in given})
            given.pop("cursor", None)

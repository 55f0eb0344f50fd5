"""What tests of doors share: tools that knock with one of our tokens, and what they find mapped."""

import base64
import json
from typing import Any

from django.test import Client

from catalog.models import Environment, Service
from changes.models import Change, DoorMapping, DoorRun, GateAnswer, Template
from ledger.models import Event
from tests.changes.api import world

SHA = "4f1c2d9"
PLAN = {
    "short_description": "Ship it",
    "implementation_plan": "Roll out.",
    "backout_plan": "Roll back.",
    "test_plan": "Try it.",
    "u_monitoring_plan": "Watch refunds.",
}


def mapping(vendor: str, project: str, stage: str = "", **given: Any) -> DoorMapping:
    """Refunds in production, from no template, unless told otherwise."""
    place = {
        "service": Service.objects.get(slug=given.pop("service", "refunds")),
        "environment": Environment.objects.get(slug="production"),
    }
    return DoorMapping.objects.create(vendor=vendor, project=project, stage=stage, **place, **given)


def template() -> Template:
    """Its changes stay open after their deployment, so that what tools say then is seen."""
    Template.objects.update(closes_itself=False)
    return Template.objects.get(slug="restart-service")


def written() -> tuple[int, ...]:
    """How many rows there are of everything a door may write."""
    return tuple(model.objects.count() for model in (Change, DoorRun, GateAnswer, Event))


def basic(username: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{secret}'.encode()).decode()}"


class Tool:
    """A tool that shows its credentials with every request."""

    def __init__(self, authorization: str, *, root: str = "/compat/servicenow") -> None:
        self._client = Client()
        self._headers = {"Authorization": authorization} if authorization else {}
        self._root = root

    def get(self, path: str, **query: str) -> Any:
        return self._client.get(f"{self._root}{path}", query, headers=self._headers)

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The body as JSON; bytes go as they are."""
        return self._client.generic(
            method,
            f"{self._root}{path}",
            body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers=self._headers,
            query_params=query,
        )


def token(*scopes: str, by: str = "ci", **limits: Any) -> str:
    return world.token(by, *(scopes or ("gate", "changes:read", "changes:write")), **limits)

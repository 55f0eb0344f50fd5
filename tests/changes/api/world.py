"""A small organisation and programs that talk to it over REST."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from catalog import tokens
from catalog.models import ApiToken, Environment, Membership, Service, Team, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS
from changes.models import ApprovalRule, Change, GateAnswer, Template, Vote, Window
from ledger.models import Event
from tests.short_way import Program

EVERY_SCOPE = ("gate", "changes:read", "changes:write", "windows:write")
PLAN = {
    "title": "Deploy payments-api 4.2.0",
    "description": "Refunds are retried.",
    "implementation_plan": "Roll out.",
    "test_plan": "The refund journey.",
    "rollback_plan": "Redeploy 4.1.9.",
    "monitoring_plan": "Refund failures.",
    "service": "payments-api",
    "environment": "production",
    "revision": "4f1c2d9",
}


def build() -> None:
    """Teams, people by role, services, environments; the weekend freeze sleeps."""
    _build_defaults()
    payments = Team.objects.create(slug="payments", name="Payments", time_zone="Europe/Amsterdam")
    platform = Team.objects.create(slug="platform", name="Platform")
    for name, team, role in (
        ("engineer", payments, "member"),
        ("peer", payments, "member"),
        ("owner", payments, "lead"),
        ("stranger", platform, "member"),
        ("cab-1", None, ""),
        ("cab-2", None, ""),
        ("manager", None, ""),
        ("auditor", None, ""),
    ):
        user = User.objects.create_user(name)
        if team:
            Membership.objects.create(team=team, user=user, role=role)
    User.objects.create_user("ci", is_robot=True)
    for role, names in {
        CAB: ("cab-1", "cab-2"),
        CHANGE_MANAGERS: ("manager",),
        AUDITORS: ("auditor",),
    }.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.user_set.add(*User.objects.filter(username__in=names))
    Service.objects.create(slug="payments-api", name="Payments", tier=1, owner_team=payments)
    Service.objects.create(slug="refunds", name="Refunds", tier=3, owner_team=payments)
    Service.objects.create(slug="search", name="Search", tier=3, owner_team=platform)
    Environment.objects.create(slug="production", name="Production")
    Environment.objects.create(slug="staging", name="Staging")
    Template.objects.create(
        slug="restart-service",
        name="Restart",
        state="published",
        title="Restart a service",
        description="Restart it.",
        implementation_plan="Restart.",
        test_plan="Health check.",
        rollback_plan="Start the old one.",
        rollout="rolling",
        locked=["implementation_plan"],
    )


def _build_defaults() -> None:
    """The rows every installation begins with, also after a test that emptied every table."""
    for name, kind, authority, count, risk in (
        ("Peer review", "normal", "peer", 1, "low"),
        ("Service owner from medium risk", "normal", "service_owner", 1, "medium"),
        ("CAB from high risk", "normal", "cab", 2, "high"),
        ("Emergency CAB", "emergency", "ecab", 1, "low"),
    ):
        row = {"kinds": [kind], "authority": authority, "count": count, "risk_at_least": risk}
        ApprovalRule.objects.get_or_create(name=name, defaults=row)
    Window.objects.get_or_create(
        name="Weekend freeze",
        defaults={
            "recurrence": "FREQ=WEEKLY;BYDAY=FR",
            "first_date": date(2024, 1, 5),
            "start_time": time(16),
            "duration": timedelta(hours=62),
            "environments": ["production"],
        },
    )
    Window.objects.update(is_active=False)


def user(name: str) -> User:
    """The user of this role."""
    return User.objects.get(username=name)


def token(
    name: str,
    *scopes: str,
    services: tuple[str, ...] = (),
    teams: tuple[str, ...] = (),
    **more: Any,
) -> str:
    """A new token's secret; every scope where none is named. Its first use is noted already."""
    now = datetime.now(UTC)
    made, secret = tokens.issue(
        user=user(name),
        name=f"{name}'s token",
        scopes=scopes or EVERY_SCOPE,
        now=now,
        services=services,
        teams=teams,
        **more,
    )
    ApiToken.objects.filter(pk=made.pk).update(last_used_at=now)
    return secret


class Caller:
    """A program with a token; answers are Django's test responses."""

    def __init__(self, secret: str = "", client: Client | None = None) -> None:
        self._client = client or Program()
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query, headers=self._headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The body as JSON; bytes and text go as they are."""
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self._client.generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else raw,
            content_type=headers.pop("content_type", "application/json"),
            headers=self._headers | {k.replace("_", "-"): v for k, v in headers.items()},
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)


def caller(name: str, *scopes: str, **limits: Any) -> Caller:
    """A program that acts as a user."""
    return Caller(token(name, *scopes, **limits))


def period() -> dict[str, str]:
    """From an hour ago for five hours: a change so planned can start now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "planned_start_at": (now - timedelta(hours=1)).isoformat(),
        "planned_end_at": (now + timedelta(hours=4)).isoformat(),
    }


def filed(by: str = "engineer", **fields: Any) -> str:
    """The ref of a change filed over REST."""
    answer = caller(by).post("/changes", {**PLAN, **period(), **fields})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["ref"])


def scheduled(**fields: Any) -> str:
    """The ref of a change that was submitted and approved by everybody it needs."""
    ref = filed(**fields)
    assert caller("engineer").post(f"/changes/{ref}/submit").status_code == 200
    for name in ("peer", "owner", "cab-1", "cab-2"):
        answer = caller(name).post(f"/changes/{ref}/votes", {"decision": "approve"})
        if answer.status_code != 201:
            break
    assert caller("engineer").get(f"/changes/{ref}").json()["state"] == "scheduled"
    return ref


def said(ref: str) -> list[str]:
    """The verbs recorded of a subject, in order."""
    events = Event.objects.filter(subject=ref).order_by("position")
    return list(events.values_list("verb", flat=True))


def written() -> tuple[int, ...]:
    """How many rows there are of everything a request could write."""
    return tuple(model.objects.count() for model in (Change, Vote, Window, GateAnswer, Event))

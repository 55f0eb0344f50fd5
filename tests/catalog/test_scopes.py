"""What tokens and sessions reach."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from catalog import scopes, tokens
from catalog.models import ApiToken, User
from catalog.roles import AUDITORS
from catalog.scopes import OutOfReach

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def robot_token(*scopes_given: str, **limits: list[str]) -> ApiToken:
    robot, _ = User.objects.get_or_create(username="robot", is_robot=True)
    token, _ = tokens.issue(user=robot, name="ci", scopes=list(scopes_given), now=NOW, **limits)
    return token


def test_a_token_reaches_what_its_scopes_name() -> None:
    token = robot_token("gate", "changes:read")

    scopes.demand(user=token.user, token=token, scope="changes:read", writes=False)
    with pytest.raises(OutOfReach) as refusal:
        scopes.demand(user=token.user, token=token, scope="changes:write", writes=True)

    assert (refusal.value.code, refusal.value.message, refusal.value.remedy) == (
        "not_permitted",
        "The token “ci” lacks the scope changes:write.",
        "Use a token issued with the scope changes:write.",
    )


def test_an_admin_token_reaches_every_scope() -> None:
    token = robot_token("admin")

    for scope in ("gate", "changes:write", "windows:write", "incidents:write"):
        scopes.demand(user=token.user, token=token, scope=scope, writes=True)


def test_a_session_reaches_every_scope() -> None:
    engineer = User.objects.create_user("engineer")

    scopes.demand(user=engineer, token=None, scope="changes:write", writes=True)


def test_an_auditor_reads_and_never_writes() -> None:
    auditor = User.objects.create_user("auditor")
    auditor.groups.add(Group.objects.get(name=AUDITORS))

    scopes.demand(user=auditor, token=None, scope="changes:read", writes=False)
    with pytest.raises(OutOfReach) as refusal:
        scopes.demand(user=auditor, token=None, scope="changes:write", writes=True)

    assert refusal.value.message == "Auditors read everything and change nothing."


def test_a_robot_asks_the_gate_without_a_query(django_assert_num_queries) -> None:
    token = robot_token("gate")
    robot = token.user

    with django_assert_num_queries(0):
        scopes.demand(user=robot, token=token, scope="gate", writes=True)


def test_a_limited_token_covers_its_services_and_its_teams_services() -> None:
    token = robot_token("gate", services=["checkout"], teams=["payments"])

    assert scopes.covers(token=token, service="checkout", team="web")
    assert scopes.covers(token=token, service="ledger", team="payments")
    assert not scopes.covers(token=token, service="search", team="web")


def test_what_is_unlimited_covers_all() -> None:
    assert scopes.covers(token=None, service="search", team="web")
    assert scopes.covers(token=robot_token("gate"), service="search", team="web")

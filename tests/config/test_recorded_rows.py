"""Whatever decides something and is changed, put in or removed in SQL is named."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from catalog.models import Membership, Team, User
from changes import gate
from changes.models import (
    ApprovalRule,
    Check,
    GateAnswer,
    PlanVersion,
    Requirement,
    Task,
    Window,
)
from config import recorded_rows
from ledger import taking_up
from ledger.models import Event
from tests.config.recorded import CHANGED, faults, sql
from tests.living import at, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE changes_planversion SET fields = '{}'", lambda: PlanVersion.objects.get()),
        ("UPDATE changes_requirement SET count = 9", lambda: Requirement.objects.get()),
        ("UPDATE changes_check SET passed = false", lambda: Check.objects.get()),
        ("UPDATE changes_task SET title = 'x'", lambda: Task.objects.get()),
    ],
)
def test_what_stands_beside_a_change_is_named(
    lived: None, statement: str, named: Callable[[], object]
) -> None:
    sql(statement)

    (found,) = faults()
    word = type(named()).__name__.removesuffix("Version").lower()
    assert found.startswith("CHG-")
    assert f" {word} " in found
    assert "was changed in the database behind the ledger" in found


UNHEARD = "is in the database, but the ledger never heard of it"
RIGHTS = "UPDATE catalog_user SET is_superuser = true WHERE username ="
KEPT = {
    "UPDATE changes_approvalrule SET count = 7 WHERE id = {rule}": f"RULE-{{rule}} {CHANGED}",
    "UPDATE changes_window SET reason = 'x' WHERE id = {window}": f"WIN-{{window}} {CHANGED}",
    "UPDATE changes_template SET title = 'x'": f"template:restart-service {CHANGED}",
    "UPDATE catalog_service SET tier = 4 WHERE tier = 1": f"service:payments-api {CHANGED}",
    "UPDATE catalog_membership SET role = 'lead' WHERE id = {member}": f"team:payments {CHANGED}",
    "DELETE FROM catalog_membership WHERE id = {member}": f"team:payments {CHANGED}",
    "UPDATE catalog_environment SET name = 'x' WHERE slug = 'staging'": (
        f"environment:staging {CHANGED}"
    ),
    f"{RIGHTS} 'cab-1'": f"user:cab-1 {CHANGED}",
    f"{RIGHTS} 'peer'": f"user:peer {UNHEARD}",
    "DELETE FROM changes_window WHERE id = {window}": "WIN-{window} is gone from the database",
    "INSERT INTO catalog_team (slug, name, time_zone, email) VALUES ('x', 'X', 'UTC', '')": (
        f"team:x {UNHEARD}"
    ),
}


@pytest.mark.parametrize("statement", KEPT)
def test_what_policies_rest_on_is_named(lived: None, statement: str) -> None:
    names = {
        "rule": ApprovalRule.objects.order_by("pk")[0].pk,
        "window": Window.objects.order_by("pk")[0].pk,
        "member": Membership.objects.get(team__slug="payments", user__username="peer").pk,
    }
    sql(statement.format(**names))

    (found,) = faults()
    assert found.startswith(KEPT[statement].format(**names))


def test_rows_are_taken_up_once(settled: None) -> None:
    first = taking_up.take_up(rows=recorded_rows.KEPT, now=at(0))
    Team.objects.create(slug="late", name="Late")
    second = taking_up.take_up(rows=recorded_rows.KEPT, now=at(1))

    assert first == sum(1 for source in recorded_rows.KEPT for _ in source()) - 1
    assert second == 0
    assert faults() == ["team:late is in the database, but the ledger never heard of it."]


def test_a_superuser_made_by_command_is_known(settled: None) -> None:
    taking_up.take_up(rows=recorded_rows.KEPT, now=at(0))

    call_command("createsuperuser", interactive=False, username="root", email="", verbosity=0)

    event = Event.objects.get(subject="user:root")
    assert (event.verb, event.actor) == ("row.taken_up", "tidegate")
    assert User.objects.get(username="root").is_superuser
    assert faults() == []


@pytest.fixture
def answered(lived: None) -> GateAnswer:
    question = gate.Question(service="refunds", environment="production", revision="4f1c2d9")
    gate.ask(question, actor=person("ci"), now=at(70))
    assert faults() == []
    return GateAnswer.objects.get()


@pytest.mark.parametrize(
    "column",
    [
        "decision = CASE decision WHEN 'deny' THEN 'allow' ELSE 'deny' END",
        "reasons = '[{}]'",
        "revision = 'x'",
        "change = 'CHG-999999'",
        "asked_by = 'nobody'",
        "at = at + interval '1 second'",
        "permit_expires_at = '2030-01-01Z'",
        "environment = 'staging'",
    ],
)
def test_a_changed_answer_of_the_gate_is_named(answered: GateAnswer, column: str) -> None:
    sql(f"UPDATE changes_gateanswer SET {column}")

    assert faults() == [f"refunds/production answer {answered.pk} {CHANGED} since event 1."]


def test_a_removed_and_a_forged_answer_of_the_gate_are_named(answered: GateAnswer) -> None:
    sql("UPDATE changes_gateanswer SET id = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'")

    assert faults() == [
        f"refunds/production answer {answered.pk} is gone from the database.",
        f"refunds/production answer aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa {UNHEARD}.",
    ]

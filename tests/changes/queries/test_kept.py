"""What the gate remembers: used while it is so, and never a question longer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, Environment, Membership, Service, Team, User
from changes import gate, permits
from changes.models import Window
from changes.policies.reach import EVERYWHERE
from changes.queries import kept
from incidents.models import AffectedService, Incident
from ledger import keys
from tests import living
from tests.short_way import Program

pytestmark = pytest.mark.django_db(transaction=True)
AT = living.at(70)
QUESTION = {"service": "refunds", "environment": "production", "revision": "none such"}


@pytest.fixture
def asked() -> Callable[[], dict[str, Any]]:
    """Asks the gate with one token, as a pipeline does."""
    living.settle()
    ci = User.objects.create(username="pipeline", is_robot=True)
    _, secret = tokens.issue(user=ci, name="deploys", scopes=["gate"], now=timezone.now())
    program = Program(headers={"Authorization": f"Bearer {secret}"})

    def ask(**other: str) -> dict[str, Any]:
        question = {**QUESTION, **other}
        answer = program.post("/api/v1/gate", question, content_type="application/json")
        return {"status": answer.status_code, **answer.json()}

    return ask


def statements_of(asking: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        asking()
    return [one["sql"] for one in queries]


def test_who_asks_again_is_recorded_and_nothing_else(asked):
    asked()

    (recorded,) = statements_of(asked)

    assert "catalog_stamp" in recorded
    assert "catalog_user_groups" not in recorded
    assert "changes_window" not in recorded
    assert "INSERT" in recorded


def test_what_is_known_is_not_read_again_for_another_question(asked):
    asked()

    gathered, recorded = statements_of(lambda: asked(revision="other"))

    assert "catalog_stamp" in gathered
    assert "catalog_user_groups" not in gathered
    assert "changes_window" not in gathered
    assert "INSERT" in recorded


def freeze() -> None:
    now = timezone.now()
    Window.objects.create(
        name="Sale",
        reason="the sale is on",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
    )


def break_down() -> None:
    living.incident(1)


def vault() -> Service:
    """Another service, of the same team."""
    owner = living.service().owner_team
    return Service.objects.create(slug="vault", name="Vault", tier=1, owner_team=owner)


def break_down_what_it_needs() -> None:
    living.service().depends_on.add(vault())
    living.incident(1, on="vault")


def be_touched() -> None:
    vault()
    AffectedService.objects.create(
        incident=living.incident(1, on="vault"), service=living.service(), since=timezone.now()
    )


def lift_freezes() -> None:
    Window.objects.update(is_active=False)


def shut() -> None:
    Environment.objects.filter(slug="production").update(default="closed")


def retire() -> None:
    Service.objects.filter(slug="refunds").update(is_active=False)


def told(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (freeze, "freeze_active"),
        (shut, "outside_maintenance_window"),
        (break_down, "incident_open"),
        (break_down_what_it_needs, "incident_open"),
        (be_touched, "incident_open"),
    ],
)
def test_what_is_written_counts_at_the_next_question(asked, write, code):
    assert code not in told(asked())

    write()

    assert code in told(asked())


def test_a_lifted_freeze_is_forgotten(asked):
    freeze()
    assert "freeze_active" in told(asked())

    lift_freezes()

    assert "freeze_active" not in told(asked())


def test_an_incident_that_is_over_or_less_severe_holds_nothing_more(asked):
    trouble = living.incident(1)
    assert "incident_open" in told(asked())

    Incident.objects.filter(pk=trouble.pk).update(severity=3)
    milder = told(asked())
    Incident.objects.filter(pk=trouble.pk).update(severity=2)
    worse = told(asked())

    assert "incident_open" not in milder
    assert "incident_open" in worse


def test_a_revoked_token_opens_nothing_more(asked):
    assert asked()["status"] == 200

    tokens.revoke(token=ApiToken.objects.get(), now=timezone.now())

    assert (asked()["status"], asked()["code"]) == (401, "token_revoked")


def test_a_remembered_token_expires_all_the_same():
    living.settle()
    now = timezone.now()
    _, secret = tokens.issue(
        user=living.person("engineer"),
        name="deploys",
        scopes=["gate"],
        now=now,
        expires_at=now + timedelta(hours=1),
    )
    question = gate.Question(service="refunds", environment="production", revision="none such")

    def ask(at: datetime) -> gate.Answer:
        decided = gate.decide_as_bearer(
            question, secret=secret, reach_of=lambda _: EVERYWHERE, now=at
        )
        return decided.answer()

    assert ask(now).decision == ask(now + timedelta(minutes=59)).decision == "deny"
    with pytest.raises(tokens.TokenRefused, match="expired"):
        ask(now + timedelta(hours=1))


def test_a_token_that_lost_its_scope_is_refused(asked):
    assert asked()["status"] == 200

    ApiToken.objects.update(scopes=["changes:read"])

    assert asked()["status"] == 403


def test_who_becomes_an_auditor_asks_no_more(asked):
    assert asked()["status"] == 200

    User.objects.get(username="pipeline").groups.add(Group.objects.get(name="Auditors"))

    assert asked()["status"] == 403


def test_what_is_taken_back_was_never_so(asked):
    asked()
    with transaction.atomic():
        freeze()
        transaction.set_rollback(True)

    assert "freeze_active" not in told(asked())


def test_a_running_change_is_held_against_windows_from_before_they_were_remembered():
    since = datetime(2026, 11, 18, 9, tzinfo=UTC)
    place = [1, "refunds", 2, True, "payments", "UTC", 1, "production", True]
    change: list[Any] = [7, "normal", "implementing", "", "low", *(None,) * 13, "2026-11-18T08:59Z"]
    token = ApiToken(user_id=1)
    kept.remember(-1, actor=1, change=change, settled=[place, (), [], None, None], now=since)
    kept.remember_token(-1, digest="x", token=token, key=None)
    known = kept.recall(digest="x", service="refunds", environment="production")
    assert known is not None
    assert known.here == kept.recall_place(actor=1, service="refunds", environment="production")

    assert kept.settled(known.here, -1, change=change) is None
    assert kept.settled(known.here, -1, change=[*change[:18], "2026-11-18T09:00Z"]) is not None
    assert kept.settled(known.here, -2, change=[*change[:18], "2026-11-18T09:00Z"]) is None


def test_a_rotated_key_signs_the_next_permit(asked):
    asked()
    keys.rotate(purpose=permits.PURPOSE, now=timezone.now())
    whole, _ = statements_of(lambda: asked())[-2:]

    assert "ledger_signingkey" in whole


def test_a_moved_service_is_another_teams_at_once(asked):
    asked()
    other = Team.objects.create(slug="moved", name="Moved", time_zone="UTC")
    Membership.objects.all().delete()
    Service.objects.filter(slug="refunds").update(owner_team=other)

    assert "catalog_user_groups" in statements_of(asked)[-2]

"""Tokens, versions of policy rules and reservations that were changed in SQL, and how kinds of rows
that a later release compares are taken up."""

import pytest
from django.db import transaction

from catalog import tokens
from catalog.models import ApiToken
from changes import environments
from changes.states import State
from config import recorded_rows
from ledger import issued_tokens, taking_up, timeline, verify
from ledger.models import Event
from tests.changes.rulebook.given import always
from tests.config.recorded import CHANGED, faults, sql
from tests.living import at, change_at, person

pytestmark = pytest.mark.django_db


def test_a_kind_that_a_later_release_compares_is_taken_up_then(settled: None) -> None:
    first = [one for one in recorded_rows.KEPT if one.kind != "API tokens"]
    taking_up.take_up(rows=first, now=at(0))
    tokens.issue(user=person("ci"), name="deploys", scopes=["gate"], now=at(0))
    assert faults() == []

    taken = taking_up.take_up(rows=recorded_rows.KEPT, now=at(1))

    assert taken == 1
    kinds = [event.data["kinds"] for event in Event.objects.filter(verb=taking_up.VERB)]
    assert kinds == [[one.kind for one in first], ["API tokens"]]
    tokens.issue(user=person("ci"), name="another", scopes=["gate"], now=at(2))
    ref = f"token:{ApiToken.objects.latest('pk').pk}"
    assert faults() == [f"{ref} is in the database, but the ledger never heard of it."]


def test_what_was_taken_up_before_kinds_were_told_stays_so(settled: None) -> None:
    with transaction.atomic():
        timeline.record(
            subject="ledger", verb=taking_up.VERB, actor="tidegate", at=at(0), data={"count": 3}
        )

    assert verify.taken_up() == set(verify.FIRST_KINDS)
    assert verify.taken_up() < {one.kind for one in recorded_rows.KEPT}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_apitoken SET scopes = '{admin}'",
        "UPDATE catalog_apitoken SET services = '{}'",
        "UPDATE catalog_apitoken SET expires_at = NULL",
        "UPDATE catalog_apitoken SET revoked_at = NULL",
        "UPDATE catalog_apitoken SET digest = decode(repeat('ab', 32), 'hex')",
        "UPDATE catalog_apitoken SET user_id = (SELECT id FROM catalog_user WHERE username = 'ci')",
    ],
)
def test_a_token_that_is_widened_or_brought_back_is_named(lived: None, statement: str) -> None:
    token, _ = issued_tokens.issue(
        actor="admin",
        user=person("engineer"),
        name="deploys",
        scopes=["gate"],
        services=["refunds"],
        expires_at=at(999),
        now=at(0),
    )
    issued_tokens.revoke(actor="admin", token=token, now=at(1))
    ApiToken.objects.update(last_used_at=at(1))
    person("ci")
    assert faults() == []

    sql(statement)

    (found,) = faults()
    assert found.startswith(f"token:{token.pk} {CHANGED} since event 2 (token.revoked")


def test_an_old_version_of_a_policy_rule_is_named(lived: None) -> None:
    rule = always()
    sql("SET session_replication_role = replica")  # no trigger keeps it
    sql("UPDATE changes_policyversion SET sentence = 'Deny nothing.'")
    sql("SET session_replication_role = origin")

    (found,) = faults()
    assert found.startswith(f"{rule.ref} v1 {CHANGED}")


RESERVATIONS = {
    "UPDATE changes_reservation SET starts_at = starts_at - interval '1 day'": "does not fit",
    "UPDATE changes_reservation SET is_running = NOT is_running": "does not fit",
    "DELETE FROM changes_reservation": "is gone from the database.",
}


@pytest.mark.parametrize("statement", RESERVATIONS)
def test_a_reservation_that_was_changed_is_named(lived: None, statement: str) -> None:
    change = change_at(State.SCHEDULED)
    assert faults() == []

    sql(statement)

    (found,) = faults()
    ref = f"{change.ref} reservation {change.service.slug}"
    assert found.startswith(f"{ref} {RESERVATIONS[statement]}")


def test_of_a_change_that_was_changed_the_reservation_is_not_named_too(lived: None) -> None:
    change = change_at(State.SCHEDULED)
    sql("UPDATE changes_change SET planned_end_at = planned_end_at + interval '1 hour'")

    assert [one for one in faults() if one.startswith(f"{change.ref} ")] == [
        one for one in faults() if one.startswith(f"{change.ref} {CHANGED}")
    ]


def test_a_lock_that_was_prolonged_is_named(lived: None) -> None:
    taken = environments.lock(
        environment="production",
        reason="Moving the rack.",
        until=at(90),
        actor=person("oncall"),
        now=at(0),
    )
    assert faults() == []

    sql("UPDATE changes_environmentlock SET until = until + interval '1 day'")

    (found,) = faults()
    assert found.startswith(f"environment:production {taken.ref} {CHANGED}")

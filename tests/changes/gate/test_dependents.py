"""An open SEV-1 or SEV-2 holds the changes of what it touches, and of what needs that."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Service, ServiceDependency
from changes import gate
from changes.models import Change
from changes.policies.reach import EVERYWHERE
from changes.queries import holding
from changes.states import Kind, State
from incidents import lifecycle as incidents
from ledger.decision import Reason, Refused
from tests.living import at, change_at, environment, incident, person, say, service

pytestmark = pytest.mark.usefixtures("settled")
SAYS = "INC-{i} (SEV-2) is open on payments-api, which refunds needs, since Wed 18 Nov 09:00 CET."


@pytest.fixture
def needing(settled: None) -> None:
    """Refunds need payments-api, which needs a vault that refunds know nothing of."""
    vault = Service.objects.create(
        slug="vault", name="Vault", tier=1, owner_team=service().owner_team
    )
    api = service("payments-api")
    ServiceDependency.objects.create(service=service("refunds"), needs=api)
    ServiceDependency.objects.create(service=api, needs=vault)


def test_it_holds_what_needs_it_and_says_which_service_is_broken(needing: None):
    change, broken = change_at(State.SCHEDULED), incident(2, on="payments-api")

    (reason,) = start_objections(change)
    assert (reason.code, reason.message) == ("incident_open", SAYS.format(i=broken.pk))


@pytest.mark.parametrize(("severity", "on"), [(3, "payments-api"), (1, "vault")])
def test_a_lesser_one_and_one_further_away_hold_nothing(needing: None, severity: int, on: str):
    change = change_at(State.SCHEDULED)
    incident(severity, on=on)

    say("start", change, minutes=70)


def test_it_does_not_hold_what_it_needs_itself(needing: None):
    change = change_at(State.SCHEDULED, service=service("payments-api"))
    incident(1, on="refunds")

    say("start", change, minutes=70)


def test_the_gate_takes_as_many_statements_with_it_as_without(
    needing: None, django_assert_num_queries: Any
):
    question = gate.Question(service="refunds", environment="production", revision="4f1c2d9")
    asked = {"actor": person("ci"), "reach": EVERYWHERE}
    gate.ask(question, now=at(70), **asked)
    with CaptureQueriesContext(connection) as without:
        gate.ask(question, now=at(71), **asked)
    incident(1, on="payments-api")

    with django_assert_num_queries(len(without)):
        answer = gate.ask(question, now=at(72), **asked)

    assert "incident_open" in [one.code for one in answer.reasons]


def test_it_holds_what_it_touches_and_what_needs_that_and_says_where_it_was_declared(
    needing: None,
):
    refunds = change_at(State.SCHEDULED)
    broken = incident(2, on="vault", minutes=-20)
    touched = {"ref": broken.ref, "service": service("payments-api"), "actor": person("oncall")}
    incidents.affect(**touched, now=at(-10))
    own = incidents.affect(**{**touched, "service": service()}, now=at(-10))

    (reason,) = start_objections(refunds)
    assert reason.message == (
        f"{own.ref} (SEV-2) is open on vault and touches refunds since Wed 18 Nov 09:40 CET."
    )
    incidents.affect(**{**touched, "service": service()}, affected=False, now=at(60))
    (reason,) = start_objections(refunds)
    assert reason.message == (
        f"{own.ref} (SEV-2) is open on vault and touches payments-api, which refunds needs, "
        "since Wed 18 Nov 09:40 CET."
    )
    incidents.affect(**touched, affected=False, now=at(65))
    say("start", refunds, minutes=70)


def start_objections(change: Change) -> tuple[Reason, ...]:
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=70)
    return refused.value.decision.reasons


@pytest.mark.parametrize(
    ("where", "holds"),
    [("production", {"production"}), ("staging", {"staging"}), ("", {"production", "staging"})],
)
def test_it_holds_its_environment_alone_or_all_where_it_names_none(
    needing: None, where: str, holds: set[str]
):
    incidents.declare(
        title="Down",
        service=service("payments-api"),
        environment=environment(where) if where else None,
        severity=1,
        actor=person("oncall"),
        now=at(-30),
    )
    asked = {"now": at(70), "actor": person("ci"), "reach": EVERYWHERE}

    answers = {
        one: gate.ask(gate.Question(service="refunds", environment=one), **asked)
        for one in ("production", "staging")
    }

    assert {
        one
        for one, answer in answers.items()
        if "incident_open" in [reason.code for reason in answer.reasons]
    } == holds


def test_the_grid_of_places_knows_it_too(
    needing: None, django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
):
    broken = incident(2, on="payments-api")
    own = incidents.declare(
        title="Own",
        service=service(),
        environment=environment("production"),
        severity=1,
        actor=person("oncall"),
        now=at(-30),
    )
    incidents.affect(
        ref=own.ref, service=service("payments-api"), actor=person("oncall"), now=at(0)
    )
    keys = [service(slug).pk for slug in ("refunds", "payments-api", "vault")]

    with django_assert_num_queries(1):
        found = holding.on_places(keys)

    told = {
        environment(name).pk: [
            [(one.ref, one.service, one.declared_on) for one in found[key, environment(name).pk]]
            for key in keys
        ]
        for name in ("production", "staging")
    }
    everywhere = [(broken.ref, "payments-api", "")], [(broken.ref, "", "")]
    assert told == {
        environment("production").pk: [
            [(own.ref, "", ""), *everywhere[0]],
            [(own.ref, "", "refunds"), *everywhere[1]],
            [],
        ],
        environment("staging").pk: [*everywhere, []],
    }


def test_what_answers_an_incident_that_was_merged_answers_the_one_that_goes_on(needing: None):
    change = change_at(State.SCHEDULED, kind=Kind.EMERGENCY)
    first = change.incident
    assert first is not None
    by = {"actor": person("oncall"), "now": at(30)}
    between, last = incident(1), incident(1)
    incidents.merge(ref=first.ref, into=between.ref, **by)
    incidents.mark_duplicate(ref=between.ref, of=last.ref, **by)

    say("start", change, minutes=70)

    other = change_at(State.SCHEDULED)
    assert [one.source for one in start_objections(other)] == [last.ref]

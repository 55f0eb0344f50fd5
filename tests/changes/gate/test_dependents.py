"""An open SEV-1 or SEV-2 holds the changes of its service, and of those that need it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Service, ServiceDependency
from changes import gate
from changes.policies.reach import EVERYWHERE
from changes.queries import places
from changes.states import State
from incidents import lifecycle as incidents
from ledger.decision import Refused
from tests.living import at, change_at, incident, person, say, service

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

    with pytest.raises(Refused) as refused:
        say("start", change, minutes=70)

    (reason,) = refused.value.decision.reasons
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


def test_the_grid_of_places_knows_it_too(needing: None):
    broken = incident(2, on="payments-api")
    incidents.declare(
        title="Own", service=service(), severity=1, actor=person("oncall"), now=at(-30)
    )
    keys = [service(slug).pk for slug in ("refunds", "payments-api", "vault")]

    found = places._incidents(keys)

    assert [[(one.ref, one.service) for one in found[key]] for key in keys] == [
        [(f"INC-{broken.pk + 1}", ""), (broken.ref, "payments-api")],
        [(broken.ref, "")],
        [],
    ]

"""What is remembered and what is gathered whole come to the same, whatever the change has lived."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import tokens
from catalog.models import Environment
from changes import gate, lifecycle
from changes.models import Change, EnvironmentLock, Window
from changes.policies import Facts
from changes.policies.reach import EVERYWHERE
from changes.queries import facts
from changes.queries.refs import placed
from changes.states import Kind, State
from tests import living

pytestmark = pytest.mark.django_db(transaction=True)
AT = living.at(70)


def planned() -> Change:
    return living.change_at(State.SCHEDULED)


def held() -> Change:
    change = planned()
    lifecycle.hold(ref=change.ref, actor=living.person("engineer"), now=AT, reason="wait")
    return change


def locked() -> Change:
    EnvironmentLock.objects.create(
        environment=Environment.objects.get(slug="production"),
        reason="moving house",
        locked_by=living.person("manager"),
        locked_at=AT - timedelta(hours=1),
        until=AT + timedelta(hours=1),
    )
    return planned()


def limited() -> Change:
    Environment.objects.filter(slug="production").update(max_running=1)
    living.change_at(State.IMPLEMENTING)
    return planned()


def with_a_rival() -> Change:
    living.change_at(State.IMPLEMENTING)
    return planned()


def with_a_rival_later() -> Change:
    living.change_at(
        State.SCHEDULED, planned_start_at=living.at(600), planned_end_at=living.at(700)
    )
    return planned()


def during_an_incident() -> Change:
    living.incident(severity=1)
    return planned()


def from_a_template() -> Change:
    return living.change_at(State.SCHEDULED, kind=Kind.STANDARD)


def answering_an_incident() -> Change:
    return living.change_at(State.SCHEDULED, kind=Kind.EMERGENCY)


def frozen() -> Change:
    change = planned()
    Window.objects.create(name="Sale", starts_at=AT, ends_at=AT + timedelta(hours=1))
    return change


def comparable(known: Facts) -> Facts:
    """The facts without the one value that is equal to itself alone."""
    return replace(known, custom_rules=None)


LIVED = [
    planned,
    held,
    locked,
    limited,
    with_a_rival,
    with_a_rival_later,
    during_an_incident,
    from_a_template,
    answering_an_incident,
    frozen,
    lambda: living.change_at(State.IMPLEMENTING),
    lambda: living.change_at(State.AWAITING_APPROVAL),
]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("lived", LIVED)
def test_what_is_remembered_and_what_is_gathered_whole_come_to_the_same(lived, named):
    living.settle()
    _, secret = tokens.issue(user=living.person("ci"), name="x", scopes=["gate"], now=AT)
    change = lived()
    question = gate.Question(
        service=change.service.slug,
        environment=change.environment.slug,
        revision=change.revision,
        change=change.ref if named else "",
    )

    def ask() -> gate.Answer:
        decided = gate.decide_as_bearer(
            question, secret=secret, reach_of=lambda _: EVERYWHERE, now=AT
        )
        return replace(decided.answer(), id="", permit="")

    ask()
    remembered = ask()
    with transaction.atomic():  # where nothing is remembered
        whole = ask()

    assert remembered == whole
    assert remembered.change


@pytest.mark.parametrize(
    "lived",
    [
        *LIVED,
        *(
            partial(living.change_at, state)
            for state in (State.PLANNING, State.VALIDATING, State.CLOSED)
        ),
    ],
)
def test_the_facts_of_a_change_are_the_same_whether_remembered_or_not(
    lived: Callable[[], Change],
) -> None:
    living.settle()
    change = placed(ref=lived().ref)
    peer = living.person("peer")
    whole = comparable(facts.of_change(change_id=change.pk, actor=peer, now=AT))

    with transaction.atomic():  # as verbs ask it
        assert comparable(facts.of(change, actor=peer, now=AT)) == whole
        assert facts.of(change, actor=living.person("owner"), now=AT).actor.username == "owner"
    with CaptureQueriesContext(connection) as queries:
        assert comparable(facts.of(change, actor=peer, now=AT)) == whole

    assert "catalog_stamp" in queries[0]["sql"]


def test_the_facts_of_a_change_of_another_place_are_not_mixed_up() -> None:
    living.settle()
    here, there = (
        placed(ref=living.change_at(State.PLANNING, environment=environment).ref)
        for environment in Environment.objects.filter(slug__in=["production", "staging"])
    )
    peer = living.person("peer")

    for change in (here, there, here, there):
        found = facts.of(change, actor=peer, now=AT)
        assert (found.ref, found.environment) == (change.ref, change.environment.slug)

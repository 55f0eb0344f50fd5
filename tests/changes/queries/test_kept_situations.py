"""What is remembered and what is gathered whole come to the same, whatever the change has lived."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from catalog import tokens
from catalog.models import Environment
from changes import gate, lifecycle
from changes.models import Change, EnvironmentLock, Window
from changes.policies.reach import EVERYWHERE
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


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    "lived",
    [
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
    ],
)
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

"""What the gate would say, at any instant, unrecorded."""

import pytest

from changes import gate
from changes.gate import Question
from changes.models import GateAnswer
from changes.states import State
from tests.changes.gate.asking import FRIDAY_EVENING, MONDAY_SIX, codes
from tests.living import (
    change_at,
    person,
    service,
    written,
)


def test_what_holds_at_an_instant_is_explained_and_not_recorded(weekend: None) -> None:
    question = Question("refunds", "production")
    before = written()

    friday, monday = (
        gate.examine(
            question, at=instant, now=instant, kind="normal", reader=person("auditor")
        ).answer
        for instant in (FRIDAY_EVENING, MONDAY_SIX)
    )

    assert (friday.decision, codes(friday), friday.next_allowed_at) == (
        "wait",
        ["freeze_active"],
        MONDAY_SIX,
    )
    assert (monday.decision, codes(monday), monday.permit) == ("allow", [], "")
    assert (written(), GateAnswer.objects.count()) == (before, 0)


@pytest.mark.parametrize(("kind", "word"), [("normal", "wait"), ("emergency", "allow")])
def test_an_explanation_is_for_a_kind(kind: str, word: str, weekend: None) -> None:
    question = Question("refunds", "production")

    said = gate.examine(
        question, at=FRIDAY_EVENING, now=FRIDAY_EVENING, kind=kind, reader=person("ci")
    ).answer

    assert said.decision == word


def test_an_explanation_for_a_change_asks_every_rule(weekend: None) -> None:
    change = change_at(State.SCHEDULED, service=service("refunds"))
    question = Question("refunds", "production", change=change.ref)

    said = gate.examine(
        question, at=FRIDAY_EVENING, now=FRIDAY_EVENING, kind="normal", reader=person("auditor")
    ).answer

    assert (said.decision, codes(said)) == ("deny", ["outside_planned_period", "freeze_active"])

"""Which steps of a canary may be reported, and what becomes of the one that was reached."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from changes import gate
from changes.models import Deployment
from changes.states import State
from ledger.decision import Refused
from tests.changes.sampling.stepping import (
    CANARY,
    Figures,
    faults,
    looked,
    refusal,
    report,
    running,
    states,
    step,
    written,
)
from tests.living import at, change_at, fresh, incident, person, say, window

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def figures(httpserver: HTTPServer, settings: Any, settled: None) -> Figures:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    return Figures(httpserver)


def test_the_same_step_said_again_is_the_same(figures: Figures):
    figures.rule()
    change = running()
    first = step(change, 5, 61)
    before = written()

    again = step(change, 5, 62)

    assert (again, written()) == (first, before)


def test_the_gate_lets_nothing_more_of_a_canary_through_whose_step_failed(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.4}
    change = running()
    question = gate.Question("refunds", "production", change=change.ref, revision="4f1c2d9")
    step(change, 5, 61)
    before = gate.ask(question, actor=person("ci"), now=at(61))

    looked(61)
    after = gate.ask(question, actor=person("ci"), now=at(62))

    assert (before.decision, after.decision) == ("allow", "deny")
    assert [reason.code for reason in after.reasons] == ["step_failed"]


@pytest.mark.parametrize(
    ("percent", "sentence"),
    [
        (10, "10 % is no step: those of {ref} are 5, 25 and 100 %."),
        (None, "Say how far the step goes: those of {ref} are 5, 25 and 100 %."),
    ],
)
def test_only_steps_of_the_plan_are_taken(percent: int | None, sentence: str, settled: None):
    change = running()

    with pytest.raises(ValidationError) as wrong:
        report(change, "step", 61, percent=percent)

    assert wrong.value.message_dict == {"percent": [sentence.format(ref=change.ref)]}
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(
    ("given", "codes"),
    [({"canary_steps": [], "canary_soak_minutes": []}, ("no_canary_steps",))],
)
def test_a_change_without_steps_takes_none(given: dict[str, Any], codes: Any, settled: None):
    assert refusal("step", running(**given), 61, percent=5) == codes


def test_only_a_change_that_runs_takes_a_step(settled: None):
    change = change_at(State.SCHEDULED, **CANARY)

    assert refusal("step", change, 61, percent=5) == ("wrong_state",)


def test_a_stranger_takes_no_step(settled: None):
    codes = refusal("step", running(), 61, percent=5, by="stranger")

    assert codes == ("not_permitted",)


def test_a_step_is_a_deployment_and_answers_to_every_rule(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.01}
    change = running()
    step(change, 5, 61)
    looked(61, 62, 63, 64)
    window("Finish what runs", starts=62, ends=70)
    incident(2, minutes=64)
    window("Stop", starts=64, ends=70, in_flight="stop")

    assert refusal("step", change, 65, percent=25) == ("freeze_active", "incident_open")
    assert refusal("step", change, 181, percent=25) == ("outside_planned_period", "incident_open")


def test_a_change_deployed_again_begins_with_the_first_step(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.01}
    change = running()
    step(change, 5, 61)
    looked(61, 62, 63, 64)
    step(change, 25, 65)

    report(change, "started", 66)

    assert states(change) == [(5, "stable"), (25, "ended")]
    assert looked(67) == [False]
    assert refusal("step", change, 67, percent=25) == ("step_skipped",)
    step(change, 5, 68)
    assert states(change)[-1] == (5, "soaking")
    assert faults() == []


def test_a_deployment_that_failed_between_steps_is_never_a_success(figures: Figures):
    figures.rule()
    change = running()
    step(change, 5, 61)

    report(change, "failed", 62)

    assert (fresh(change).state, states(change)) == ("validating", [(5, "ended")])
    assert looked(63) == [False]
    with pytest.raises(Refused) as refused:
        say("close", change, minutes=64, outcome="successful", note="Well.")
    assert refused.value.decision.codes == ("check_failed", "steps_missing", "step_not_stable")
    assert faults() == []

"""What a pipeline is told: allow with a permit, wait, or deny."""

from datetime import timedelta

import pytest

from changes.models import Change, Template
from changes.states import State
from tests.changes.gate.asking import ask, codes
from tests.living import (
    at,
    change_at,
    file,
    incident,
    template,
    verbs_of,
    written,
)


def test_without_a_rollback_plan_it_is_denied(settled: None) -> None:
    file(rollback_plan="  ")

    answer = ask(revision="4f1c2d9")

    assert (answer.decision, codes(answer)) == ("deny", ["wrong_state", "no_rollback_plan"])
    assert answer.reasons[0].remedy == "Submit it for approval first."


def test_pending_votes_are_waited_for_about_a_minute_at_a_time(settled: None) -> None:
    change_at(State.AWAITING_APPROVAL)

    answer = ask(revision="4f1c2d9")

    assert (answer.decision, codes(answer)) == ("wait", ["approvals_missing"])
    assert answer.next_allowed_at is None
    assert timedelta(seconds=60) <= answer.retry_after <= timedelta(seconds=75)


@pytest.mark.parametrize(
    ("minutes", "retry"),
    [(59.99, timedelta(seconds=5)), (50, timedelta(minutes=10))],
)
def test_too_early_is_told_when_to_ask_again(
    minutes: float, retry: timedelta, settled: None
) -> None:
    change_at(State.SCHEDULED)

    answer = ask(minutes=minutes, revision="4f1c2d9")

    assert (answer.decision, answer.next_allowed_at) == ("wait", at(60))
    assert answer.retry_after == retry


def test_long_before_whoever_waits_asks_again_within_the_hour(settled: None) -> None:
    change_at(State.SCHEDULED)

    answer = ask(minutes=-600, revision="4f1c2d9")

    assert timedelta(minutes=50) <= answer.retry_after <= timedelta(hours=1)


@pytest.mark.parametrize("state", [State.VALIDATING, State.CLOSED, State.CANCELLED])
def test_what_has_ended_deploys_nothing_more(state: State, settled: None) -> None:
    change = change_at(state)

    answer = ask(minutes=130, change=change.ref)

    assert (answer.decision, codes(answer)) == ("deny", ["wrong_state"])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"revision": "nobody"}, "revision nobody"),
        ({"change": "CHG-999999"}, "CHG-999999"),
        ({}, "it"),
    ],
)
def test_a_deployment_nobody_planned_is_denied(
    given: dict[str, str], named: str, settled: None
) -> None:
    change_at(State.SCHEDULED)

    answer = ask(**given)

    assert (answer.decision, codes(answer), answer.change) == ("deny", ["no_change"], "")
    assert answer.reasons[0].message == (
        f"No open change covers refunds in production for {named}."
    )
    assert answer.next_allowed_at is None


def test_a_major_incident_stops_other_changes(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    found = incident(severity=1)

    answer = ask(change=change.ref)

    assert (answer.decision, codes(answer), answer.reasons[0].source) == (
        "deny",
        ["incident_open"],
        found.ref,
    )


def test_a_template_opens_a_standard_change_for_a_revision_that_has_none(settled: None) -> None:
    template(category="other")

    answer = ask(revision="abc", open_template="restart-service")
    again = ask(revision="abc", open_template="restart-service", minutes=61)

    change = Change.objects.get()
    assert [(one.decision, one.change) for one in (answer, again)] == [("allow", change.ref)] * 2
    assert (change.kind, change.author.username, change.revision) == ("standard", "ci", "abc")
    assert verbs_of(change.ref) == ["change.created", "change.submitted", "change.approved"]


def test_a_template_that_is_suspended_opens_nothing(settled: None) -> None:
    template()
    Template.objects.update(state="suspended")
    before = written()

    answer = ask(revision="abc", open_template="restart-service")

    assert (answer.decision, codes(answer)) == ("deny", ["template_suspended"])
    assert written() == {**before, "Event": before["Event"] + 1}

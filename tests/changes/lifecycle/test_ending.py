"""From implementation to the end: finish, roll back, checks, review, close, cancel."""

import pytest
from django.core.exceptions import ValidationError

from changes.models import Change
from changes.states import Kind, Outcome, State
from tests.changes.lifecycle.closing import close, refusal
from tests.changes.lifecycle.telling import KEPT, told
from tests.living import at, change_at, events_of, fresh, person, say, verbs_of


def test_finishing_is_what_validation_begins_with(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)

    say("finish", change, by="ci", minutes=90, note="All pods are new.")

    after = fresh(change)
    assert (after.state, after.finished_at, after.rolled_back_at) == ("validating", at(90), None)
    assert told(change) == (
        "change.finished",
        "ci",
        at(90),
        {
            **KEPT,
            "state": "validating",
            "from": "implementing",
            "to": "validating",
            "note": "All pods are new.",
        },
    )


def test_rolling_back_ends_the_implementation_too(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)

    say("roll_back", change, minutes=70, note="Refunds fail.")

    after = fresh(change)
    assert (after.state, after.finished_at, after.rolled_back_at) == (
        "validating",
        at(70),
        at(70),
    )
    assert told(change) == (
        "change.rolled_back",
        "engineer",
        at(70),
        {
            **KEPT,
            "state": "validating",
            "from": "implementing",
            "to": "validating",
            "note": "Refunds fail.",
        },
    )


def test_what_is_rolled_back_in_validation_was_finished_before(settled: None) -> None:
    change = change_at(State.VALIDATING)

    say("roll_back", change, minutes=100, note="Refunds fail.")

    after = fresh(change)
    assert (after.state, after.finished_at, after.rolled_back_at) == (
        "validating",
        at(90),
        at(100),
    )


def test_closing_is_kept_with_outcome_note_who_and_when(settled: None) -> None:
    change = change_at(State.VALIDATING)

    say("close", change, by="owner", minutes=120, outcome="successful_with_issues", note="Slow.")

    after = fresh(change)
    assert (after.state, after.outcome, after.closing_note, after.ended_at, after.ended_by) == (
        "closed",
        "successful_with_issues",
        "Slow.",
        at(120),
        person("owner"),
    )
    assert told(change) == (
        "change.closed",
        "owner",
        at(120),
        {
            **KEPT,
            "state": "closed",
            "from": "validating",
            "to": "closed",
            "outcome": "successful_with_issues",
            "note": "Slow.",
        },
    )


def test_closing_is_the_teams_and_not_an_authors_from_elsewhere(settled: None) -> None:
    change = change_at(State.VALIDATING, by="engineer")
    Change.objects.filter(pk=change.pk).update(author=person("stranger"))

    assert refusal(change, by="stranger") == ("not_permitted",)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_change_that_was_rolled_back_was_not_successful(outcome: Outcome, settled: None) -> None:
    change = change_at(State.IMPLEMENTING)
    say("roll_back", change, minutes=70, note="Refunds fail.")
    say("review", change, minutes=80, text="A queue ran full.")

    if outcome in ("successful", "successful_with_issues"):
        assert refusal(change, outcome) == ("outcome_required",)
    else:
        close(change, outcome)
        assert (fresh(change).state, fresh(change).outcome) == ("closed", outcome)


def test_an_outcome_nobody_knows_is_a_wrong_field(settled: None) -> None:
    with pytest.raises(ValidationError) as refused:
        close(change_at(State.VALIDATING), "fine")

    assert refused.value.message_dict == {
        "outcome": [
            "“fine” is no outcome. Use one of: successful, successful_with_issues, rolled_back, "
            "failed."
        ]
    }


def test_without_an_outcome_it_stays_open(settled: None) -> None:
    assert refusal(change_at(State.VALIDATING), "") == ("outcome_required",)


@pytest.mark.parametrize("kind", [Kind.EMERGENCY, Kind.NORMAL])
def test_emergencies_and_failures_are_reviewed_before_they_close(kind: Kind, settled: None) -> None:
    change = change_at(State.VALIDATING, kind=kind)
    outcome = "successful" if kind is Kind.EMERGENCY else "failed"

    owed = refusal(change, outcome)
    say("review", change, by="manager", minutes=110, text="A queue ran full.")
    reviewed = told(change)
    close(change, outcome)

    assert owed == ("review_required",)
    assert reviewed == (
        "change.reviewed",
        "manager",
        at(110),
        {**KEPT, "state": "validating", "review": "A queue ran full."},
    )
    after = fresh(change)
    assert (after.reviewed_at, after.reviewed_by, after.review) == (
        at(110),
        person("manager"),
        "A queue ran full.",
    )


def test_an_ordinary_success_needs_no_review(settled: None) -> None:
    change = change_at(State.CLOSED)

    assert "change.reviewed" not in verbs_of(change.ref)


@pytest.mark.parametrize("state", [State.PLANNING, State.AWAITING_APPROVAL, State.SCHEDULED])
def test_what_has_not_started_can_be_cancelled_and_a_hold_ends_with_it(
    state: State, settled: None
) -> None:
    change = change_at(state)
    say("hold", change, minutes=20, reason="The vendor is away.")

    say("cancel", change, by="manager", minutes=30, reason="It is not needed.")

    after = fresh(change)
    assert (after.state, after.ended_at, after.ended_by, after.closing_note) == (
        "cancelled",
        at(30),
        person("manager"),
        "It is not needed.",
    )
    assert (after.held_at, after.held_by, after.hold_reason) == (None, None, "")
    assert told(change) == (
        "change.cancelled",
        "manager",
        at(30),
        {
            **KEPT,
            "state": "cancelled",
            "from": str(state),
            "to": "cancelled",
            "reason": "It is not needed.",
        },
    )


@pytest.mark.parametrize("kind", Kind)
def test_every_event_of_a_life_names_its_subject_in_an_unbroken_chain(
    kind: Kind, settled: None
) -> None:
    events = events_of(change_at(State.CLOSED, kind=kind).ref)

    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert [event.previous_digest for event in events[1:]] == [e.digest for e in events[:-1]]

"""What a verb said in the wrong state is answered."""

import pytest

from changes.policies import may
from changes.states import FINAL, Kind, State
from tests.changes.policies.given import NOW, facts

APPROVED = "It is approved: start it, or revise it if the plan must change."
VOTED = "The votes are in: revise it if it must not happen as planned."
MORE = "Close it, and file a new change for what is still to be deployed."


@pytest.mark.parametrize(
    ("verb", "state", "message"),
    [
        (
            "submit",
            State.SCHEDULED,
            "CHG-1 is scheduled; this is done while a change is in planning.",
        ),
        (
            "revise",
            State.PLANNING,
            "CHG-1 is in planning; this is done while a change is awaiting approval or scheduled.",
        ),
        (
            "cancel",
            State.CLOSED,
            "CHG-1 is closed; this is done while a change is in planning, awaiting approval or "
            "scheduled.",
        ),
        (
            "deploy",
            State.VALIDATING,
            "CHG-1 is in validation; this is done while a change is scheduled or being "
            "implemented.",
        ),
    ],
)
def test_the_message_says_where_it_is_and_where_it_should_be(
    verb: str, state: State, message: str
) -> None:
    (reason,) = may(verb, facts(state), now=NOW).reasons

    assert (reason.message, reason.until, reason.source) == (message, None, "lifecycle")


@pytest.mark.parametrize(
    ("verb", "state", "remedy"),
    [
        ("start", State.PLANNING, "Submit it for approval first."),
        ("submit", State.AWAITING_APPROVAL, "Wait for the votes."),
        ("submit", State.SCHEDULED, APPROVED),
        ("break_glass", State.SCHEDULED, APPROVED),
        ("approve", State.SCHEDULED, VOTED),
        ("revise", State.PLANNING, "Edit it: it is in planning already."),
        ("finish", State.SCHEDULED, "Start it first."),
        ("cancel", State.IMPLEMENTING, "Finish it or roll it back."),
        ("start", State.VALIDATING, "Close it, or roll it back."),
        ("roll_back", State.SCHEDULED, "Nothing was done yet: revise it, or cancel it."),
        ("deploy", State.VALIDATING, MORE),
    ],
)
def test_the_remedy_fits_the_verb(verb: str, state: State, remedy: str) -> None:
    reasons = may(verb, facts(state, Kind.EMERGENCY), now=NOW).reasons

    assert reasons[0].remedy == remedy


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("verb", ["edit", "start", "hold", "finish", "close"])
def test_what_has_ended_is_followed_by_a_new_change(verb: str, state: State) -> None:
    assert may(verb, facts(state), now=NOW).reasons[0].remedy == "File a new change."


def test_a_deployment_that_waits_for_votes_is_told_about_the_votes_alone() -> None:
    assert may("deploy", facts(State.AWAITING_APPROVAL), now=NOW).codes == ("approvals_missing",)

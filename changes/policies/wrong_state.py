"""The rule that comes before all others: each verb has its states."""

from collections.abc import Iterator

from changes.policies.facts import Facts
from changes.policies.reasons import either
from changes.policies.retrying import begins_anew
from changes.states import NOT_STARTED, State, sources
from ledger.decision import Reason

WORDS = {
    State.PLANNING: "in planning",
    State.AWAITING_APPROVAL: "awaiting approval",
    State.SCHEDULED: "scheduled",
    State.IMPLEMENTING: "being implemented",
    State.VALIDATING: "in validation",
    State.CLOSED: "closed",
    State.CANCELLED: "cancelled",
}

NEXT = {
    State.PLANNING: "Submit it for approval first.",
    State.AWAITING_APPROVAL: "Wait for the votes.",
    State.SCHEDULED: "Start it first.",
    State.IMPLEMENTING: "Finish it or roll it back.",
    State.VALIDATING: "Close it, or roll it back.",
    State.CLOSED: "File a new change.",
    State.CANCELLED: "File a new change.",
}

_APPROVED = "It is approved: start it, or revise it if the plan must change."
_VOTED = "The votes are in: revise it if it must not happen as planned."

# Where what usually comes next is not what helps whoever said this verb.
REMEDIES = {
    ("submit", State.SCHEDULED): _APPROVED,
    ("break_glass", State.SCHEDULED): _APPROVED,
    ("vote", State.SCHEDULED): _VOTED,
    ("approve", State.SCHEDULED): _VOTED,
    ("reject", State.SCHEDULED): _VOTED,
    ("revise", State.PLANNING): "Edit it: it is in planning already.",
    (
        "deploy",
        State.VALIDATING,
    ): "Close it, and file a new change for what is still to be deployed.",
    **{
        ("roll_back", state): "Nothing was done yet: revise it, or cancel it."
        for state in NOT_STARTED
    },
}


def right_state(verb: str, facts: Facts) -> Iterator[Reason]:
    """The verb may be said in the state the change is in."""
    if verb == "explain" or facts.state in sources(verb) or _pending_vote(verb, facts):
        return
    if verb == "deploy" and begins_anew(facts):
        return
    where = either(WORDS[state] for state in sources(verb))
    yield Reason(
        "wrong_state",
        f"{facts.ref} is {WORDS[facts.state]}; this is done while a change is {where}.",
        REMEDIES.get((verb, facts.state), NEXT[facts.state]),
        source="lifecycle",
    )


def _pending_vote(verb: str, facts: Facts) -> bool:
    """A deployment that waits for votes is told about the votes, not about the state."""
    return verb == "deploy" and facts.state is State.AWAITING_APPROVAL and bool(facts.needs)

"""ServiceNow's states, and which of ours they are. Pure.

# Note [Implement means go]
Clients deploy when a change is in Implement. So a change is shown in Implement only while the gate
would let it be deployed now: it is scheduled or being implemented, and nothing is in its way.
Otherwise it is shown as Scheduled, at which they wait, until its work is over.
"""

from collections.abc import Iterable
from enum import IntEnum

from changes.runs.updating import Step
from changes.states import Kind, State


class Theirs(IntEnum):
    """The stored values of ServiceNow's own change lifecycle."""

    NEW = -5
    ASSESS = -4
    AUTHORIZE = -3
    SCHEDULED = -2
    IMPLEMENT = -1
    REVIEW = 0
    CLOSED = 3
    CANCELED = 4

    @property
    def label(self) -> str:
        return self.name.capitalize()


BOARDS = frozenset({"cab", "ecab", "change_manager"})
PLAIN = {
    State.PLANNING: Theirs.NEW,
    State.VALIDATING: Theirs.REVIEW,
    State.CLOSED: Theirs.CLOSED,
    State.CANCELLED: Theirs.CANCELED,
}
NEXT = {
    Theirs.NEW: (Theirs.ASSESS, Theirs.CANCELED),
    Theirs.ASSESS: (Theirs.CANCELED,),
    Theirs.AUTHORIZE: (Theirs.CANCELED,),
    Theirs.SCHEDULED: (Theirs.CANCELED,),
    Theirs.IMPLEMENT: (Theirs.REVIEW,),
    Theirs.REVIEW: (),
    Theirs.CLOSED: (),
    Theirs.CANCELED: (),
}
UNSUCCESSFUL = "unsuccessful"


def theirs(state: str, *, kind: str, waits_for: Iterable[str], may_go: bool) -> Theirs:
    """The state a change is shown in; `waits_for` are the authorities whose votes are missing,
    `may_go` is what the gate says. See Note [Implement means go].
    """
    if state == State.AWAITING_APPROVAL:
        board = kind == Kind.EMERGENCY or set(waits_for) <= BOARDS
        return Theirs.AUTHORIZE if board else Theirs.ASSESS
    if state in (State.SCHEDULED, State.IMPLEMENTING):
        return Theirs.IMPLEMENT if may_go else Theirs.SCHEDULED
    return PLAIN[State(state)]


def step_to(told: str, *, close_code: str, was: str) -> Step | None:
    """What a change has to do to get to the state a client names, by number or word; None where it
    is there. Raises ValueError for a state that is not theirs.
    """
    asked = _named(told)
    if asked in (Theirs.ASSESS, Theirs.AUTHORIZE, Theirs.SCHEDULED):
        return Step.SUBMIT if was == State.PLANNING else None
    if asked is Theirs.IMPLEMENT:
        return None if was == State.IMPLEMENTING else Step.START
    if asked in (Theirs.REVIEW, Theirs.CLOSED):
        if was in (State.VALIDATING, State.CLOSED):
            return None
        return Step.FAIL if close_code == UNSUCCESSFUL else Step.SUCCEED
    if asked is Theirs.CANCELED:
        return None if was == State.CANCELLED else Step.CANCEL
    return None if was == State.PLANNING else Step.SUBMIT


def _named(told: str) -> Theirs:
    for one in Theirs:
        if told.strip().lower() in (str(int(one)), one.label.lower()):
            return one
    known = ", ".join(f"{one.label} ({int(one)})" for one in Theirs)
    raise ValueError(f"state: “{told[:40]}” is no state. Use one of: {known}.")

"""Our states as ServiceNow's, and back."""

import pytest

from changes.doors.servicenow.states import NEXT, Theirs, step_to, theirs
from changes.doors.servicenow.sys_ids import CHANGE, TEMPLATE, number_in, sys_id
from changes.runs import Step
from changes.states import Kind, State

SHOWN = {
    State.PLANNING: (Theirs.NEW, Theirs.NEW),
    State.AWAITING_APPROVAL: (Theirs.ASSESS, Theirs.ASSESS),
    State.SCHEDULED: (Theirs.SCHEDULED, Theirs.IMPLEMENT),
    State.IMPLEMENTING: (Theirs.SCHEDULED, Theirs.IMPLEMENT),
    State.VALIDATING: (Theirs.REVIEW, Theirs.REVIEW),
    State.CLOSED: (Theirs.CLOSED, Theirs.CLOSED),
    State.CANCELLED: (Theirs.CANCELED, Theirs.CANCELED),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("may_go", [False, True])
def test_a_change_is_in_implement_only_while_the_gate_would_let_it_go(state, may_go):
    shown = theirs(str(state), kind=Kind.NORMAL, waits_for=("peer", "cab"), may_go=may_go)

    assert shown is SHOWN[state][may_go]


@pytest.mark.parametrize(
    ("kind", "waits_for", "shown"),
    [
        (Kind.NORMAL, ("peer",), Theirs.ASSESS),
        (Kind.NORMAL, ("cab",), Theirs.AUTHORIZE),
        (Kind.EMERGENCY, ("peer",), Theirs.AUTHORIZE),
    ],
)
def test_the_board_authorizes_and_others_assess(kind, waits_for, shown):
    state = State.AWAITING_APPROVAL

    assert theirs(state, kind=kind, waits_for=waits_for, may_go=False) is shown


@pytest.mark.parametrize(
    ("told", "close_code", "was", "step"),
    [
        ("-5", "", "planning", None),
        ("-4", "", "planning", Step.SUBMIT),
        ("Authorize", "", "planning", Step.SUBMIT),
        ("-2", "", "scheduled", None),
        ("implement", "", "scheduled", Step.START),
        ("-1", "", "implementing", None),
        ("0", "", "implementing", Step.SUCCEED),
        ("3", "unsuccessful", "implementing", Step.FAIL),
        ("3", "successful", "validating", None),
        ("4", "", "scheduled", Step.CANCEL),
        ("4", "", "cancelled", None),
    ],
)
def test_a_state_that_is_asked_for_is_a_step_or_is_there(told, close_code, was, step):
    assert step_to(told, close_code=close_code, was=was) is step


def test_a_word_that_is_no_state_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match=r"“Done” is no state. Use one of: New \(-5\), Assess"):
        step_to("Done", close_code="", was="planning")


def test_every_state_of_theirs_is_placed():
    assert set(NEXT) == set(Theirs)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (sys_id(CHANGE, 1042), 1042),
        (sys_id(CHANGE, 1042).upper(), 1042),
        (sys_id(TEMPLATE, 1042), None),
        (sys_id(CHANGE, 0), None),
        ("1042", None),
        ("", None),
    ],
)
def test_an_id_holds_our_number(text: str, number: int | None):
    assert number_in(text, kind=CHANGE) == number

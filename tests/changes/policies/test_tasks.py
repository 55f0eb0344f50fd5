"""Every verb of a task × every state × who says it."""

from dataclasses import replace

import pytest

from changes.policies import tasks
from changes.policies.facts import ActorFacts, HoldFacts
from changes.policies.work_facts import TaskFacts
from changes.states import TASK_MOVES, State, TaskKind, TaskState
from tests.changes.policies.given import AUTHOR, NOW, facts

TASK = TaskFacts(1, TaskKind.TEST, "Watch it", TaskState.OPEN, assignee="helper")
PEOPLE = {
    "author": AUTHOR,
    "member": ActorFacts("peer", in_team=True),
    "ci": ActorFacts("ci", is_robot=True),
    "manager": ActorFacts("manager", is_change_manager=True),
    "assignee": ActorFacts("helper"),
    "stranger": ActorFacts("stranger"),
    "auditor": ActorFacts("auditor", in_team=True, is_auditor=True),
    "left": ActorFacts("peer", in_team=True, is_active=False),
}
MAY = {
    "start": {"author", "member", "ci", "assignee"},
    "finish": {"author", "member", "ci", "assignee"},
    "reopen": {"author", "member", "ci", "assignee"},
    "waive": {"author", "member", "manager"},
    "cancel": {"author", "member", "manager"},
    "edit": {"author", "member", "manager"},
    "add": {"author", "member", "manager"},
}
# verb → open, in progress, on hold, done, waived, cancelled
IN_STATE = {
    "start": ". W W W W W",
    "finish": ". . W W W W",
    "waive": ". . W W W W",
    "cancel": ". . W W W W",
    "reopen": "W W W . . W",
    "edit": ". . . W W W",
}


def test_every_verb_and_state_is_placed():
    assert set(IN_STATE) == {*TASK_MOVES, "edit"}
    assert set(MAY) == {*IN_STATE, "add"}
    assert {len(row.split()) for row in IN_STATE.values()} == {len(TaskState)}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("verb", MAY)
def test_who_may_say_what(verb: str, who: str):
    known = replace(TASK, state=TaskState.DONE) if verb == "reopen" else TASK
    task = None if verb == "add" else known
    asked = facts(State.IMPLEMENTING, actor=PEOPLE[who], tasks=(known,))

    decision = tasks.may(verb, task, asked, now=NOW)

    assert decision.allowed == (who in MAY[verb])
    assert set(decision.codes) <= {"not_permitted"}


@pytest.mark.parametrize("verb", IN_STATE)
def test_each_verb_has_its_states(verb: str):
    found = []
    for state in TaskState:
        task = replace(TASK, state=state)
        decision = tasks.may(verb, task, facts(State.IMPLEMENTING, tasks=(task,)), now=NOW)
        found.append("." if decision.allowed else "W")
        assert decision.codes in ((), ("wrong_state",))

    assert found == IN_STATE[verb].split()


@pytest.mark.parametrize("state", [State.CLOSED, State.CANCELLED])
@pytest.mark.parametrize("verb", MAY)
def test_an_ended_change_keeps_its_tasks(verb: str, state: State):
    task = None if verb == "add" else TASK

    assert "wrong_state" in tasks.may(verb, task, facts(state, tasks=(TASK,)), now=NOW).codes


def test_on_hold_tasks_are_written_and_not_worked_on():
    hold = HoldFacts("manager", NOW, "The supplier is closed.")
    asked = facts(State.SCHEDULED, hold=hold, tasks=(replace(TASK, state=TaskState.ON_HOLD),))
    (task,) = asked.tasks

    found = {verb: tasks.may(verb, task, asked, now=NOW).codes for verb in IN_STATE}

    assert found == {
        **dict.fromkeys(("start", "finish", "waive", "cancel", "reopen"), ("on_hold",)),
        "edit": (),
    }


def test_an_approver_implements_no_part():
    work = replace(TASK, kind=TaskKind.IMPLEMENT, assignee="")
    asked = facts(State.IMPLEMENTING, actor=replace(AUTHOR, voted="approve"), tasks=(work,))

    assert tasks.may("finish", work, asked, now=NOW).codes == ("self_approval",)
    assert tasks.may("finish", TASK, asked, now=NOW).codes == ()


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("state", TaskState)
def test_open_work_holds_up_finishing_and_every_open_task_closing(kind: TaskKind, state: TaskState):
    asked = facts(State.VALIDATING, tasks=(replace(TASK, kind=kind, state=state),))
    is_open = state in ("open", "in_progress", "on_hold")

    finishing = [reason.code for reason in tasks.work_is_done(asked, NOW)]
    closing = [reason.code for reason in tasks.no_task_is_open(asked, NOW)]

    assert finishing == (["tasks_open"] if is_open and kind in ("plan", "implement") else [])
    assert closing == (["tasks_open"] if is_open else [])

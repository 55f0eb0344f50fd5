"""Rules about tasks: what they hold up, and who may do what with one.

# Note [Which tasks hold up what]
What is planned and implemented must be done, or waived with a reason, before a change is finished.
Tests and reviews may be worked on while it is validated, so they hold up its closing, as every
open task does.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from changes.policies import people, periods
from changes.policies.facts import Facts
from changes.policies.reasons import either, listed, moment
from changes.policies.work_facts import TaskFacts
from changes.policies.wrong_state import NEXT, WORDS
from changes.states import FINAL, TASK_MOVES, TODO, TaskKind, TaskState
from ledger.decision import Decision, Reason, in_order

OPEN: Final = (*TODO, TaskState.ON_HOLD)
WORK: Final = (TaskKind.PLAN, TaskKind.IMPLEMENT)
SAID: Final = {
    TaskState.OPEN: "open",
    TaskState.IN_PROGRESS: "in progress",
    TaskState.ON_HOLD: "on hold",
    TaskState.DONE: "done",
    TaskState.WAIVED: "waived",
    TaskState.CANCELLED: "cancelled",
}


def work_is_done(facts: Facts, now: datetime) -> Iterator[Reason]:
    """What was to be planned and implemented is; see Note [Which tasks hold up what]."""
    yield from _open([task for task in facts.tasks if task.kind in WORK])


def no_task_is_open(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Every task is done, waived or cancelled."""
    yield from _open(list(facts.tasks))


def _open(tasks: list[TaskFacts]) -> Iterator[Reason]:
    left = [task for task in tasks if task.state in OPEN]
    if left:
        named = listed(f"{task.number} “{task.title}”" for task in left)
        yield Reason(
            "tasks_open",
            f"Task {named} is {SAID[left[0].state]}."
            if len(left) == 1
            else f"The tasks {named} are open.",
            "Finish them, or waive them with a reason."
            if len(left) > 1
            else "Finish it, or waive it with a reason.",
            source="tasks",
        )


def may(verb: str, task: TaskFacts | None, facts: Facts, *, now: datetime) -> Decision:
    """Whether `verb` may be said of a task, or one be added, with every objection there is.

    Verbs are those of `TASK_MOVES`, and edit and add; raises KeyError for another. `task` is None
    for add alone.
    """
    reasons = [*people.not_by_an_auditor(facts, now), *_change_goes_on(facts)]
    reasons += WHO[verb](facts, now) if not _is_assigned(verb, task, facts) else ()
    if verb != "edit" and verb != "add":
        reasons += periods.not_on_hold(facts, now)
    if task is not None:
        reasons += _right_state(verb, task, facts, now)
        reasons += _not_by_an_approver(verb, task, facts, now)
    return Decision(f"{verb} task", in_order(reasons))


WHO: Final = {
    "start": people.by_implementer_or_ci,
    "finish": people.by_implementer_or_ci,
    "reopen": people.by_implementer_or_ci,
    "waive": people.by_steward,
    "cancel": people.by_steward,
    "edit": people.by_steward,
    "add": people.by_steward,
}


def _is_assigned(verb: str, task: TaskFacts | None, facts: Facts) -> bool:
    """Whoever a task is given to works on it, whatever team they are in."""
    mine = task is not None and task.assignee == facts.actor.username
    return mine and facts.actor.is_active and verb in ("start", "finish", "reopen")


def _change_goes_on(facts: Facts) -> Iterator[Reason]:
    if facts.state in FINAL:
        yield Reason(
            "wrong_state",
            f"{facts.ref} is {WORDS[facts.state]}; its tasks stay as they are.",
            NEXT[facts.state],
            source="lifecycle",
        )


def _right_state(verb: str, task: TaskFacts, facts: Facts, now: datetime) -> Iterator[Reason]:
    sources = TASK_MOVES[verb][0] if verb in TASK_MOVES else OPEN
    if task.state in sources or (task.state is TaskState.ON_HOLD and facts.hold is not None):
        return
    ended = f" by {task.by}, {moment(task.at, facts.zone, now=now)}" if task.at else ""
    where = either(SAID[state] for state in sources if state is not TaskState.ON_HOLD)
    yield Reason(
        "wrong_state",
        f"Task {task.number} “{task.title}” is {SAID[task.state]}{ended}; this is done while it is "
        f"{where}.",
        "Nothing is left to do."
        if task.state is TaskState.CANCELLED
        else "Reopen it if it is not done after all."
        if task.at
        else "Look at the task as it is now.",
        source="tasks",
    )


def _not_by_an_approver(
    verb: str, task: TaskFacts, facts: Facts, now: datetime
) -> Iterator[Reason]:
    """Whoever approved a change implements no part of it."""
    if task.kind is TaskKind.IMPLEMENT and verb in ("start", "finish"):
        yield from people.not_by_an_approver(facts, now)


def implementers(facts: Facts) -> frozenset[str]:
    """To whom what is to be implemented is given: they do not vote."""
    return frozenset(
        task.assignee
        for task in facts.tasks
        if task.kind is TaskKind.IMPLEMENT
        and task.assignee
        and task.state in (*OPEN, TaskState.DONE)
    )


def planned_words(facts: Facts) -> list[str]:
    """What is to be implemented, as the plan tells it; see Note [Tasks in the plan] in
    `changes.lifecycle.tasks`."""
    return [
        f"{task.title}: {task.description}" if task.description else task.title
        for task in facts.tasks
        if task.kind is TaskKind.IMPLEMENT and task.state is not TaskState.CANCELLED
    ]

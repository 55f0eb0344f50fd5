"""Tasks of a change: added, edited, and worked on.

# Note [Tasks in the plan]
What tasks of the kind implement say is part of the plan: approvers read it, so it goes into the
plan's digest, and adding, rewording or cancelling one after that is a new version of the plan, as
any other edit is (Note [Votes lapse on edit]); once the change has started it is refused. Who does
it and when is not: people swap on the day. Tasks of other kinds are ways of working and of looking
at what was done; they come and go until the change has ended, and no vote lapses. A waived task
stays in the plan: what was agreed and not done is what an auditor wants to see.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from catalog.models import User
from changes.lifecycle import drafts
from changes.lifecycle.fields import demand_text
from changes.lifecycle.moving import locked_facts, record
from changes.lifecycle.task_fields import check_fields
from changes.models import Change, Task
from changes.policies import Facts, tasks
from changes.policies.work_facts import TaskFacts
from changes.states import FINAL, TASK_MOVES, TaskKind, TaskState
from ledger.decision import Refused, rfc3339

EDITABLE = (
    "kind",
    "title",
    "description",
    "assignee",
    "planned_start_at",
    "planned_end_at",
    "position",
)
PAST = {
    "add": "task.added",
    "edit": "task.edited",
    "start": "task.started",
    "finish": "task.finished",
    "waive": "task.waived",
    "cancel": "task.cancelled",
    "reopen": "task.reopened",
}
MOST = 100


class NoSuchTask(LookupError):
    """The change has no task of this number."""


@transaction.atomic
def add_task(*, ref: str, fields: Mapping[str, Any], actor: User, now: datetime) -> Task:
    """Add a task; `fields` are values of `EDITABLE` names. See Note [Tasks in the plan].

    Raises `ValidationError` with a sentence for each wrong field.
    """
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    _decide("add", None, facts, ref=change.ref, now=now)
    if len(facts.tasks) >= MOST:
        raise ValidationError({"title": f"A change has at most {MOST} tasks."})
    task = Task(change=change, number=_next(change))
    _fill(task, fields, change=change, facts=facts)
    task.save(force_insert=True)
    _kept(task, PAST["add"], change=change, facts=facts, actor=actor, now=now, diff=None)
    return task


@transaction.atomic
def edit_task(
    *, ref: str, number: int, fields: Mapping[str, Any], actor: User, now: datetime
) -> Task:
    """Change what is written in a task; what is not given stays."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    task, known = _found(change, facts, number)
    _decide("edit", known, facts, ref=change.ref, now=now)
    before = _told(task)
    _fill(task, fields, change=change, facts=facts)
    diff = {
        name: [before[name], value] for name, value in _told(task).items() if before[name] != value
    }
    if diff:
        task.save(update_fields=EDITABLE)
        _kept(task, PAST["edit"], change=change, facts=facts, actor=actor, now=now, diff=diff)
    return task


@transaction.atomic
def say_task(
    *, ref: str, number: int, verb: str, actor: User, now: datetime, reason: str = ""
) -> Task:
    """Start, finish, waive, cancel or reopen a task; waiving asks for a reason.

    The change is locked, so of two at once the second is told who was first.
    """
    if verb == "waive":
        demand_text("reason", reason, "Say why it need not be done.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    task, known = _found(change, facts, number)
    _decide(verb, known, facts, ref=change.ref, now=now)
    source, target = task.state, TASK_MOVES[verb][1]
    over = target in (TaskState.DONE, TaskState.WAIVED, TaskState.CANCELLED)
    task.state, task.reason = str(target), reason.strip() if verb != "reopen" else ""
    task.ended_at, task.ended_by = (now, actor) if over else (None, None)
    task.save(update_fields=["state", "reason", "ended_at", "ended_by"])
    says = {"from": source, "to": task.state, **({"reason": reason} if reason else {})}
    _record(task, PAST[verb], change=change, facts=facts, actor=actor, now=now, says=says)
    return task


def _decide(verb: str, task: TaskFacts | None, facts: Facts, *, ref: str, now: datetime) -> None:
    decision = tasks.may(verb, task, facts, now=now)
    if not decision.allowed:
        raise Refused(decision, ref=ref)


def _found(change: Change, facts: Facts, number: int) -> tuple[Task, TaskFacts]:
    known = next((one for one in facts.tasks if one.number == number), None)
    if known is None:
        raise NoSuchTask(f"{change.ref} has no task {number}.")
    return Task.objects.select_related("assignee").get(change=change, number=number), known


def _next(change: Change) -> int:
    last = Task.objects.filter(change=change).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _fill(task: Task, fields: Mapping[str, Any], *, change: Change, facts: Facts) -> None:
    for name in EDITABLE:
        if name in fields:
            setattr(task, name, fields[name])
    task.title = task.title.strip()
    if task._state.adding and "position" not in fields:
        task.position = task.number
    check_fields(
        task, change=change, facts=facts, unknown=[one for one in fields if one not in EDITABLE]
    )
    if task._state.adding and facts.hold is not None:
        task.state, task.before_hold = str(TaskState.ON_HOLD), str(TaskState.OPEN)


def _told(task: Task) -> dict[str, Any]:
    """What a task says, as events hold it."""
    return {
        "kind": task.kind,
        "title": task.title,
        "description": task.description,
        "assignee": task.assignee.username if task.assignee else None,
        "planned_start_at": rfc3339(task.planned_start_at),
        "planned_end_at": rfc3339(task.planned_end_at),
        "position": task.position,
    }


def _kept(
    task: Task,
    verb: str,
    *,
    change: Change,
    facts: Facts,
    actor: User,
    now: datetime,
    diff: dict[str, Any] | None,
) -> None:
    says = {"says": _told(task)} if diff is None else {"task_diff": diff}
    _record(task, verb, change=change, facts=facts, actor=actor, now=now, says=says)


def _record(
    task: Task,
    verb: str,
    *,
    change: Change,
    facts: Facts,
    actor: User,
    now: datetime,
    says: dict[str, Any],
) -> None:
    """The event; and first a new version of the plan, where the plan says something else now."""
    after = replace(facts, tasks=_with(facts.tasks, task))
    work = tasks.planned_words(after)
    if work != tasks.planned_words(facts) and facts.state not in FINAL:
        drafts.replan(change, work, facts=facts, actor=actor, now=now)
    named = {"task": task.number, "task_title": task.title, "task_kind": task.kind}
    record(change, verb, actor=actor, now=now, says={**named, **says}, written=[task])


def _with(known: tuple[TaskFacts, ...], task: Task) -> tuple[TaskFacts, ...]:
    """The tasks in their order with this one as it is now."""
    now = TaskFacts(
        task.number,
        TaskKind(task.kind),
        task.title,
        TaskState(task.state),
        description=task.description,
    )
    if any(one.number == task.number for one in known):
        return tuple(now if one.number == task.number else one for one in known)
    return (*known, now)

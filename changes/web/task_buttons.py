"""The tasks of a change as its page shows them, with what can be done with each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from changes.models.choices import TaskKindWord, TaskStateWord
from changes.policies import Facts, tasks
from changes.policies.work_facts import TaskFacts
from changes.states import TaskState
from changes.web.buttons import Button, without
from changes.web.task_forms import TaskForm, WaiveForm
from changes.web.verb_forms import VerbForm

LABELS: Final = {
    "start": "Start",
    "finish": "Done",
    "reopen": "Reopen",
    "edit": "Edit",
    "waive": "Waive",
    "cancel": "Cancel",
}


@dataclass(frozen=True, slots=True)
class ShownTask:
    """One task; `late` where its time is over and it is not."""

    number: int
    title: str
    description: str
    kind: str
    state: str
    label: str
    assignee: str
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str
    by: str
    at: datetime | None
    late: bool
    verbs: list[Button]


def shown(facts: Facts, *, now: datetime, opened: Mapping[str, VerbForm]) -> dict[str, Any]:
    """`tasks`, how many are open, and the button that adds one."""
    rows = [_one(task, facts, now=now, opened=opened) for task in facts.tasks]
    return {
        "tasks": rows,
        "tasks_open": sum(task.state in tasks.OPEN for task in facts.tasks),
        "add_task": _add(facts, now=now, form=opened.get("task")),
    }


def _add(facts: Facts, *, now: datetime, form: VerbForm | None) -> Button:
    decision = tasks.may("add", None, facts, now=now)
    asked = form or TaskForm(verb="task")
    return Button(
        name="add-task",
        label="Add a task",
        allowed=decision.allowed,
        reasons=decision.reasons,
        warnings=(),
        url=reverse("change-tasks", args=[facts.ref]),
        fields=list(asked),
        wrong=[str(one) for one in asked.non_field_errors()],
        open=form is not None,
    )


def _one(
    task: TaskFacts, facts: Facts, *, now: datetime, opened: Mapping[str, VerbForm]
) -> ShownTask:
    verbs = [
        _button(verb, task, facts, now=now, form=opened.get(f"task-{task.number}-{verb}"))
        for verb in LABELS
    ]
    reachable = [one for one in verbs if not any(r.code == "wrong_state" for r in one.reasons)]
    return ShownTask(
        number=task.number,
        title=task.title,
        description=task.description,
        kind=str(TaskKindWord(task.kind).label),
        state="plain" if task.state is TaskState.OPEN else str(task.state),
        label=str(TaskStateWord(task.state).label),
        assignee=task.assignee,
        starts_at=task.planned.starts_at if task.planned else None,
        ends_at=task.planned.ends_at if task.planned else None,
        reason=task.reason,
        by=task.by,
        at=task.at,
        late=task.state in tasks.OPEN and task.planned is not None and task.planned.ends_at <= now,
        verbs=without(reachable, ()),
    )


def _button(
    verb: str, task: TaskFacts, facts: Facts, *, now: datetime, form: VerbForm | None
) -> Button:
    decision = tasks.may(verb, task, facts, now=now)
    name = f"task-{task.number}-{verb}"
    asked = form or WaiveForm(verb=name) if verb == "waive" else None
    page = reverse("change-task", args=[facts.ref, task.number])
    return Button(
        name=name,
        label=LABELS[verb],
        allowed=decision.allowed,
        reasons=decision.reasons,
        warnings=(),
        url=reverse("change-task-verb", args=[facts.ref, task.number, verb]),
        fields=list(asked) if asked else [],
        wrong=[str(one) for one in asked.non_field_errors()] if asked else [],
        open=form is not None,
        href=page if verb == "edit" else "",
    )

"""Tasks on the wire."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from catalog.wire import Instant, Number, Strict, Text, Word
from changes.api.shape_parts import DecisionShown, instant, word
from changes.models.choices import TaskKindWord, TaskStateWord
from changes.policies import Facts, tasks
from changes.policies.work_facts import TaskFacts
from changes.states import TASK_MOVES
from ledger.decision import rfc3339

LONG = 100_000
HIGHEST = 32_767
VERBS = ("edit", *TASK_MOVES)


class TaskShown(serializers.Serializer):
    """A task of a change; `number` names it there."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(TaskKindWord.choices)
    title = word()
    description = word()
    state = serializers.ChoiceField(TaskStateWord.choices)
    assignee = word(null=True)
    planned_start_at = instant()
    planned_end_at = instant()
    reason = word("Why it was waived.")
    ended_by = word(null=True)
    ended_at = instant("When it was done, waived or cancelled.")
    verbs = serializers.DictField(
        child=DecisionShown(), help_text="What you may do with it now, and why not."
    )


class TaskFields(Strict):
    """What is written in a task, none of it demanded."""

    kind = Word(TaskKindWord.choices, required=False)
    title = Text(required=False, max_length=200)
    description = Text(required=False, allow_blank=True, max_length=LONG)
    assignee = Text(required=False, allow_null=True, max_length=150, help_text="Username.")
    planned_start_at = Instant(
        required=False, allow_null=True, help_text="Inside the change's planned period."
    )
    planned_end_at = Instant(required=False, allow_null=True)
    position = Number(
        required=False, min_value=0, max_value=HIGHEST, help_text="Smaller ones come first."
    )


class NewTask(TaskFields):
    """A task to be added."""

    kind = Word(TaskKindWord.choices)
    title = Text(max_length=200)


class Waived(Strict):
    reason = Text(max_length=LONG, help_text="Why it need not be done.")


def shown(facts: Facts, *, now: datetime) -> list[dict[str, Any]]:
    """`TaskShown` for each task of a change, in their order."""
    return [_one(task, facts, now=now) for task in facts.tasks]


def _one(task: TaskFacts, facts: Facts, *, now: datetime) -> dict[str, Any]:
    return {
        "number": task.number,
        "kind": str(task.kind),
        "title": task.title,
        "description": task.description,
        "state": str(task.state),
        "assignee": task.assignee or None,
        "planned_start_at": rfc3339(task.planned.starts_at) if task.planned else None,
        "planned_end_at": rfc3339(task.planned.ends_at) if task.planned else None,
        "reason": task.reason,
        "ended_by": task.by or None,
        "ended_at": rfc3339(task.at),
        "verbs": {verb: tasks.may(verb, task, facts, now=now).as_json() for verb in VERBS},
    }

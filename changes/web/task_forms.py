"""What adding, editing and waiving a task are filled in with."""

from typing import Any

from django import forms
from django.utils import timezone

from changes.models import Task
from changes.models.choices import TaskKindWord
from changes.web.fields import InstantField, PersonField, WordsField
from changes.web.verb_forms import VerbForm, text_field

HIGHEST = 32_767


class WaiveForm(VerbForm):
    reason = text_field("Why it need not be done", rows=2)


class TaskForm(VerbForm):
    """A task; its period lies inside the change's."""

    title = forms.CharField(
        label="What is to be done",
        max_length=200,
        error_messages={"required": "Say what is to be done."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        choices=TaskKindWord.choices,
        initial="test",
        help_text="What is to be implemented is part of the plan: votes cast before it lapse.",
    )
    description = WordsField(rows=2, required=False)
    assignee = PersonField(
        required=False, max_length=150, help_text="A username. Nobody, if left out."
    )
    planned_start_at = InstantField(required=False, label="From")
    planned_end_at = InstantField(required=False, label="Until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["planned_end_at"].help_text = f"In your zone, {zone}."


class EditForm(TaskForm):
    """The same for a task that is there, and its place."""

    position = forms.IntegerField(
        label="Place",
        min_value=0,
        max_value=HIGHEST,
        help_text="Tasks with smaller numbers come first.",
    )

    @classmethod
    def of(cls, task: Task, data: Any = None) -> "EditForm":
        """The form as the task says now, or as it was sent."""
        return cls(
            data,
            verb=f"task-{task.number}",
            initial={name: getattr(task, name) for name in cls.base_fields},
        )

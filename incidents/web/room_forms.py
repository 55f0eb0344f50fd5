"""What can be filled in in the war room."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from catalog.models import Service, User
from incidents.models import Impact, Incident, IncidentRole, PostmortemDuty, Urgency
from incidents.web.forms import LONGEST_TEXT, VerbForm

WHEN = "%Y-%m-%dT%H:%M"


def person(username: str) -> User:
    """An active person by username; raises `ValidationError`."""
    found = User.objects.filter(username=username.strip(), is_active=True, is_robot=False).first()
    if found is None:
        raise ValidationError(f"There is nobody of the name {username}.")
    return found


def _text(rows: int, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(max_length=LONGEST_TEXT, widget=area, **more)


def _when(**more: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN)
    return forms.DateTimeField(required=False, widget=widget, input_formats=[WHEN], **more)


def _who(**more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"list": "room-people", "autocomplete": "off"})
    return forms.CharField(max_length=150, widget=widget, **more)


class NoteForm(VerbForm):
    verb = "note"
    text = _text(3, label="What happened", error_messages={"required": "Say what happened."})
    text.widget.attrs["data-keys"] = "e"
    at = _when(label="When, if not now")


class CorrectForm(NoteForm):
    verb = "correct"
    number = forms.IntegerField(widget=forms.HiddenInput)


class PinForm(VerbForm):
    verb = "pin"
    number = forms.IntegerField()
    pinned = forms.BooleanField(required=False)


class TaskForm(VerbForm):
    verb = "add-task"
    title = forms.CharField(
        max_length=200,
        label="What has to be done",
        error_messages={"required": "Say what has to be done."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    assignee = _who(required=False, label="Who does it")

    def clean_assignee(self) -> User | None:
        name = self.cleaned_data["assignee"]
        return person(name) if name.strip() else None


class TaskVerbForm(VerbForm):
    verb = "say-task"
    number = forms.IntegerField()
    verb_of_task = forms.CharField(max_length=10)


class TickForm(VerbForm):
    verb = "tick"
    item = forms.IntegerField()
    done = forms.BooleanField(required=False)


class RoleForm(VerbForm):
    verb = "assign"
    role = forms.ChoiceField(choices=IncidentRole.Role.choices)
    person = _who(required=False, help_text="Empty takes the role from whoever has it.")

    def clean_person(self) -> User | None:
        name = self.cleaned_data["person"]
        return person(name) if name.strip() else None


def _level(choices: Any, **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=[("", "Not said"), *choices],
        coerce=int,
        empty_value=None,
        required=False,
        **more,
    )


class SeverityForm(VerbForm):
    verb = "severity"
    impact = _level(Impact.choices, label="Who is hit")
    urgency = _level(Urgency.choices, label="How soon it hurts")
    severity = _level(
        Incident.Severity.choices, help_text="Left out, it follows from the two above."
    )
    reason = _text(
        2, label="Why", error_messages={"required": "Say why it is worse, or not as bad."}
    )


class MeasureForm(VerbForm):
    verb = "measure"
    users_affected = forms.IntegerField(required=False, min_value=0, label="Users affected")
    money_affected = forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=2, label="Money affected"
    )
    currency = forms.CharField(required=False, max_length=3, help_text="Such as EUR.")


class AffectForm(VerbForm):
    verb = "affect"
    service = forms.SlugField(
        max_length=80,
        label="Service",
        widget=forms.TextInput(attrs={"list": "room-services", "autocomplete": "off"}),
    )
    affected = forms.TypedChoiceField(
        choices=[("yes", "It touches this one too"), ("no", "It no longer does")],
        coerce=lambda word: word == "yes",
        label="What is so",
    )

    def clean_service(self) -> Service:
        slug = self.cleaned_data["service"]
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        if found is None:
            raise ValidationError(f"There is no service {slug}. The catalog lists them.")
        return found


class PostmortemForm(VerbForm):
    verb = "postmortem"
    address = forms.CharField(
        max_length=PostmortemDuty.LONGEST_ADDRESS,
        label="Where it stands",
        help_text="Its address, such as https://wiki.example.org/inc-7.",
        error_messages={"required": "Give its address."},
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )


class FoldForm(VerbForm):
    verb = "fold"
    into = forms.CharField(max_length=24, label="Into which", help_text="Its ref, such as INC-7.")
    how = forms.ChoiceField(
        choices=[("merge", "It is part of the other"), ("duplicate", "It was declared twice")],
        label="What it is",
    )
    note = _text(2, required=False, label="Note")


class SplitForm(VerbForm):
    verb = "split"
    title = forms.CharField(max_length=200, label="What the other trouble is")
    alerts = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Its alerts"
    )
    tasks = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Its tasks"
    )

    def __init__(
        self,
        *args: Any,
        alerts: list[tuple[int, str]] | None = None,
        tasks: list[tuple[int, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("alerts", alerts or []), ("tasks", tasks or [])):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            if not choices:
                del self.fields[name]

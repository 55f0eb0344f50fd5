"""What declaring and closing an incident asks for."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from catalog.models import Environment, Service
from incidents.models import Impact, Urgency

LONGEST_TEXT = 20_000
WHEN = "%Y-%m-%dT%H:%M"


class VerbForm(forms.Form):
    """A verb with fields; ids carry its name, for several stand on one page."""

    verb = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"id_{self.verb}_%s", "label_suffix": "", **kwargs})

    def take(self, wrong: ValidationError) -> None:
        """Show what the lifecycle says is wrong, beside its field where the form has it."""
        for name, sentences in wrong.message_dict.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else NON_FIELD_ERRORS, sentence)


class DeclareForm(VerbForm):
    verb = "declare"
    title = forms.CharField(
        max_length=200,
        label="What is broken",
        help_text="As whoever is affected would say it.",
        error_messages={"required": "Say what is broken."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    service = forms.SlugField(
        max_length=80,
        label="Service",
        error_messages={
            "required": "Name the service.",
            "invalid": "Give the slug of a service, such as payments-api.",
        },
        widget=forms.TextInput(attrs={"list": "incident-services", "autocomplete": "off"}),
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label="Everywhere",
    )
    impact = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "Not said"), *Impact.choices],
        label="Who is hit",
    )
    urgency = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "Not said"), *Urgency.choices],
        label="How soon it hurts",
    )
    severity = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", "As it follows from the two above"),
            (1, "SEV-1: down for everybody"),
            (2, "SEV-2: down for many, or badly slow"),
            (3, "SEV-3: hurts some, there is a way around"),
            (4, "SEV-4: a nuisance"),
        ],
        initial=3,
        help_text="SEV-1 (P1) and SEV-2 hold the service's other changes at the gate.",
        error_messages={"invalid_choice": "Choose a severity from 1 to 4."},
    )
    onset_at = forms.DateTimeField(
        required=False,
        label="Since when",
        help_text="Now, if left out.",
        input_formats=[WHEN],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN),
    )
    description = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label="What is known",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    alert = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["severity"].error_messages["invalid_choice"] = "Choose a severity from 1 to 4."

    def given(self) -> dict[str, Any]:
        """What `lifecycle.declare` takes."""
        told = dict(self.cleaned_data)
        alert = told.pop("alert")
        return {**told, "alerts": [alert] if alert else []}

    def clean_service(self) -> Service:
        slug = self.cleaned_data["service"]
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        if found is None:
            raise ValidationError(f"There is no service {slug}. The catalog lists them.")
        return found


class NoteForm(VerbForm):
    """A verb with a note."""

    note = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))
    ASKS = {
        "mitigate": ("What helped", "What was done, and what is still broken.", ""),
        "resolve": ("What restored it", "And how you know: what you looked at.", ""),
        "close": (
            "How it ended",
            "What was wrong, and what made it right.",
            "Say how the incident ended.",
        ),
        "reopen": ("What is back", "", "Say what is back."),
    }

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        self.verb = verb
        super().__init__(*args, **kwargs)
        label, help_text, missing = self.ASKS[verb]
        asked = self.fields["note"]
        asked.label, asked.help_text, asked.required = label, help_text, bool(missing)
        asked.error_messages["required"] = missing


def note_forms(**bound: VerbForm) -> dict[str, VerbForm]:
    """A form for every verb that takes a note, with those that came back in place of empty ones."""
    return {**{verb: NoteForm(verb=verb) for verb in NoteForm.ASKS}, **bound}

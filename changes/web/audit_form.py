"""Which population an auditor asks for, as it stands in the address."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.models import Environment
from changes import audit
from changes.models.choices import KindWord
from changes.queries.population import Population
from changes.web.gate_form import ANY, AddressForm

MOST_SAMPLED: Final = 500
SAMPLED: Final = 25
FIRST_YEAR, LAST_YEAR = 2000, 2199


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Give a day.", "invalid": "Give a day, such as 2026-03-31."},
    )


class AuditForm(AddressForm):
    """`?since=&until=&by=&environment=&service=&team=&kind=`; days in the reader's zone."""

    since = _day("From")
    until = _day("To, this day too")
    by = forms.ChoiceField(
        required=False,
        label="By when they",
        choices=[("ended_at", "Ended"), ("started_at", "Started")],
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, to_field_name="slug", empty_label="Any"
    )
    service = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    team = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    kind = forms.ChoiceField(required=False, choices=[ANY, *KindWord.choices])

    def __init__(self, data: Mapping[str, Any] | None, *, today: date) -> None:
        super().__init__(data, label_suffix="", auto_id="audit_%s")
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self.initial = {"since": first, "until": today.replace(day=1) - timedelta(days=1)}

    def clean(self) -> dict[str, Any]:
        for name in ("since", "until"):
            day = self.cleaned_data.get(name)
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, f"Give a day from {FIRST_YEAR} to {LAST_YEAR}.")
        return self.cleaned_data

    def population(self) -> Population | None:
        """What is asked for; None where something is wrong, which then stands beside its field."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        try:
            return audit.population(
                since=_midnight(given["since"]),
                until=_midnight(given["until"] + timedelta(days=1)),
                by=given["by"] or "ended_at",
                zone=timezone.get_current_timezone_name(),
                environment=given["environment"].slug if given["environment"] else "",
                service=given["service"],
                team=given["team"],
                kind=given["kind"],
            )
        except ValidationError as wrong:
            self.take(ValidationError(_here(wrong.message_dict)))
            return None

    @property
    def given(self) -> list[tuple[str, str]]:
        """The parameters that ask for this population, to be sent on by another form."""
        return [(name, str(value)) for name in self.fields if (value := self.data.get(name))]


class SampleForm(forms.Form):
    """`?n=&seed=`: how many are drawn, and by which seed."""

    n = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=MOST_SAMPLED,
        initial=SAMPLED,
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_SAMPLED}),
    )
    seed = forms.CharField(
        label="Seed",
        max_length=100,
        help_text="The same seed draws the same changes. Choose it before you look at any.",
        error_messages={"required": "Give a seed: any word or number."},
    )

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data, label_suffix="", auto_id="sample_%s")


def _here(wrong: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Sentences beside the fields of this form."""
    names = {"from": "since", "to": "until"}
    return {names.get(name, name): sentences for name, sentences in wrong.items()}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))

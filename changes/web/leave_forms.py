"""What going on leave and delegating are filled in with; field names are the writers' keywords."""

from typing import Any

from django import forms
from django.utils import timezone

from changes.web.fields import InstantField
from changes.web.verb_forms import VerbForm

NAME = 150


def _person(label: str, help_text: str) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=NAME,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )


class _PeriodForm(VerbForm):
    starts_at = InstantField(required=False, label="From", help_text="Now, if left out.")
    ends_at = InstantField(label="Until", error_messages={"required": "Say until when."})
    note = forms.CharField(required=False, max_length=200, help_text="Everybody can read it.")

    def __init__(self, data: Any = None, *, verb: str, initial: dict[str, Any]) -> None:
        super().__init__(data, verb=verb, initial=initial)
        zone = f"In your zone, {timezone.get_current_timezone_name()}."
        self.fields["starts_at"].help_text = f"{self.fields['starts_at'].help_text} {zone}"


class AbsenceForm(_PeriodForm):
    person = _person("Who", "Username; change managers may write those of others.")
    field_order = ("person", "starts_at", "ends_at", "note")


class DelegationForm(_PeriodForm):
    delegator = _person("For whom", "Username; change managers may delegate for others.")
    delegate = _person("Who votes instead", "Username. They vote with the authority held then.")
    field_order = ("delegator", "delegate", "starts_at", "ends_at", "note")

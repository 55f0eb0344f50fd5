"""What a schedule is asked for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.urls import reverse

from catalog.models import Environment
from changes.models.choices import StateWord
from changes.queries.lists import Filters
from changes.states import State
from changes.web.spans import VIEWS, Span, span

ANY: Final = ("", "Any")
#: Cancelled changes take no time, so they are shown only where they are asked for.
SHOWN: Final = tuple(str(state) for state in State if state is not State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish that can be granted; `by` is what a lane stands for."""

    span: Span
    by: str
    filters: Filters


class ScheduleForm(forms.Form):
    """`?view=&on=&by=&service=&team=&environment=&state=`"""

    view = forms.ChoiceField(required=False, choices=VIEWS, widget=forms.HiddenInput)
    on = forms.DateField(
        required=False, label="Day", widget=forms.DateInput(attrs={"type": "date"})
    )
    by = forms.ChoiceField(
        required=False, label="A lane for each", choices=[("service", "Service"), ("team", "Team")]
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
    state = forms.ChoiceField(required=False, choices=[ANY, *StateWord.choices])

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="", auto_id="schedule_%s")

    def asked(self, *, today: date, zone: tzinfo) -> Asked:
        """The wish; what is wrong in the address is left out of it and stays marked in the form."""
        self.full_clean()
        given = self.cleaned_data
        view, state, place = given.get("view"), given.get("state"), given.get("environment")
        return Asked(
            span(view=view or "week", on=given.get("on") or today, zone=zone),
            by=given.get("by") or "service",
            filters=Filters(
                state=(state,) if state else SHOWN,
                environment=place.slug if place else "",
                service=given.get("service") or "",
                team=given.get("team") or "",
            ),
        )

    def take(self, wrong: ValidationError) -> None:
        """Show what the query says is wrong beside its filter."""
        for name, sentences in wrong.message_dict.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else NON_FIELD_ERRORS, sentence)

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that are set, by parameter."""
        names = ("by", "environment", "service", "team", "state")
        return {name: str(self.data[name]) for name in names if self.data.get(name)}


def address(form: ScheduleForm, **changed: Any) -> str:
    """This schedule with some parameters changed; None takes one out."""
    kept = {**form.narrowed}
    for name in ("view", "on"):
        if form.data.get(name):
            kept[name] = str(form.data[name])
    given = {name: str(value) for name, value in (kept | changed).items() if value}
    here = reverse("schedule")
    return f"{here}?{urlencode(given)}" if given else here

"""Filters of the list, as they stand in the address."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import timezone

from catalog.models import Environment
from changes.models.choices import KindWord, RiskWord, StateWord
from changes.queries.lists import Filters
from changes.states import NOT_STARTED, State

#: Words that stand for several states.
STATE_SETS: Final[dict[str, tuple[str, tuple[State, ...]]]] = {
    "in_flight": ("In flight", (State.IMPLEMENTING, State.VALIDATING)),
    "open": ("Open", (*NOT_STARTED, State.IMPLEMENTING, State.VALIDATING)),
}
ANY: Final = ("", "Any")


class FilterForm(forms.Form):
    """Each filter is one parameter of the address; empty ones are left out of links."""

    q = forms.CharField(required=False, max_length=200, label="Words", widget=forms.HiddenInput)
    state = forms.ChoiceField(
        required=False,
        choices=[
            ANY,
            *StateWord.choices,
            *((name, words) for name, (words, _) in STATE_SETS.items()),
        ],
    )
    kind = forms.ChoiceField(required=False, choices=[ANY, *KindWord.choices])
    risk = forms.ChoiceField(required=False, choices=[ANY, *RiskWord.choices])
    environment = forms.ModelChoiceField(
        required=False,
        queryset=Environment.objects.all(),
        to_field_name="slug",
        empty_label="Any",
    )
    service = forms.SlugField(
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"list": "services", "placeholder": "Any"}),
    )
    team = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    planned_from = forms.DateField(
        required=False, label="Planned from", widget=forms.DateInput(attrs={"type": "date"})
    )
    planned_to = forms.DateField(
        required=False, label="Planned to", widget=forms.DateInput(attrs={"type": "date"})
    )
    mine = forms.BooleanField(required=False, widget=forms.HiddenInput)
    unauthorised = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="", auto_id="filter_%s")

    def filters(self, *, username: str) -> Filters:
        """The filters in the words of the query; days begin at midnight in the reader's zone."""
        given = self.cleaned_data
        state = given.get("state") or ""
        last = given.get("planned_to")
        return Filters(
            state=_states(state),
            kind=_words(given.get("kind")),
            risk=_words(given.get("risk")),
            environment=given["environment"].slug if given.get("environment") else "",
            service=given.get("service") or "",
            team=given.get("team") or "",
            unauthorised=bool(given.get("unauthorised")),
            mine=username if given.get("mine") else "",
            planned_from=_midnight(given.get("planned_from")),
            planned_to=_midnight(last + timedelta(days=1) if last and last < date.max else last),
            q=given.get("q") or "",
        )


def address(**parameters: Any) -> str:
    """The list with these parameters, empty ones left out."""
    given = {name: value for name, value in parameters.items() if value not in ("", None, False)}
    here = reverse("changes")
    return f"{here}?{urlencode(given)}" if given else here


def views(current: str, *, today: date) -> list[dict[str, Any]]:
    """The saved views, as components/views.html shows them. `current` is the address asked for."""
    monday = today - timedelta(days=today.weekday())
    week = {"planned_from": monday, "planned_to": monday + timedelta(days=6)}
    return [
        {"label": label, "url": url, "current": url == current, "count": None}
        for label, url in (
            ("All", address()),
            ("Mine", address(mine="on")),
            ("Waiting for approval", address(state="awaiting_approval")),
            ("In flight", address(state="in_flight")),
            ("This week", address(**week)),
            ("Closed", address(state="closed")),
            ("Unauthorised", address(unauthorised="on")),
        )
    ]


def _states(word: str) -> tuple[str, ...]:
    if word in STATE_SETS:
        return tuple(str(state) for state in STATE_SETS[word][1])
    return _words(word)


def _words(word: str | None) -> tuple[str, ...]:
    return (word,) if word else ()


def _midnight(day: date | None) -> datetime | None:
    """The instant a day begins in the reader's zone."""
    return timezone.make_aware(datetime.combine(day, time())) if day else None

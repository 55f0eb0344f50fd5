"""What the gate's log is narrowed to, and what an explanation is asked for, as in the address."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from catalog.models import Environment
from changes.models import GateAnswer
from changes.models.choices import KindWord
from changes.queries.gate_log import LogFilters
from changes.web.fields import InstantField

ANY: Final = ("", "Any")
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 12, 31, tzinfo=UTC)


class AddressForm(forms.Form):
    """A form whose fields are parameters of the address."""

    def take(self, wrong: ValidationError) -> None:
        """Show what a query says is wrong, beside its field where the form has it."""
        for name, sentences in wrong.message_dict.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else NON_FIELD_ERRORS, sentence)


class LogForm(AddressForm):
    """`?decision=&service=&environment=&change=&asked_by=&since=&until=`"""

    decision = forms.ChoiceField(
        required=False, label="Answer", choices=[ANY, *GateAnswer.Answer.choices]
    )
    service = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, to_field_name="slug", empty_label="Any"
    )
    change = forms.RegexField(
        r"(?i)^CHG-[1-9][0-9]{0,17}$",
        required=False,
        error_messages={"invalid": "Give a ref, such as CHG-12."},
        widget=forms.TextInput(attrs={"placeholder": "CHG-", "size": 9}),
    )
    asked_by = forms.CharField(
        required=False,
        max_length=150,
        label="Asked by",
        widget=forms.TextInput(attrs={"placeholder": "Anybody", "size": 12}),
    )
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="", auto_id="log_%s")

    def filters(self) -> LogFilters:
        """The filters; days begin at midnight in the reader's zone. What is wrong is left out."""
        self.full_clean()
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        place = given.get("environment")
        return LogFilters(
            decision=given.get("decision") or "",
            service=given.get("service") or "",
            environment=place.slug if place else "",
            change=(given.get("change") or "").upper(),
            asked_by=given.get("asked_by") or "",
            since=_midnight(since) if since else None,
            until=_midnight(until) + timedelta(days=1) if until else None,
        )

    def clean(self) -> dict[str, Any]:
        for name in ("since", "until"):
            day = self.cleaned_data.get(name)
            if day is not None and not EARLIEST.date() <= day <= LATEST.date():
                self.add_error(name, "Give a day from 2000 to 2199.")
        return self.cleaned_data

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that are set, by parameter."""
        return {name: str(self.data[name]) for name in self.fields if self.data.get(name)}


class ExplainForm(AddressForm):
    """`?service=&environment=&at=&kind=&change=`; without an instant it is now."""

    service = forms.SlugField(
        max_length=80,
        error_messages={"required": "Name the service."},
        widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"}),
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"required": "Name the environment."},
    )
    at = InstantField(required=False, label="At")
    kind = forms.ChoiceField(
        required=False,
        choices=[
            (word.value, word.label)
            for word in (KindWord.NORMAL, KindWord.STANDARD, KindWord.EMERGENCY)
        ],
    )
    change = forms.RegexField(
        r"(?i)^\s*CHG-[1-9][0-9]{0,17}\s*$",
        required=False,
        label="Change",
        error_messages={"invalid": "Give a ref, such as CHG-12, or leave it out."},
        widget=forms.TextInput(attrs={"placeholder": "none in mind", "size": 12}),
    )

    def __init__(self, data: Mapping[str, Any] | None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", auto_id="explain_%s", **kwargs)

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and not EARLIEST <= at <= LATEST:
            raise ValidationError("Give a time from 2000 to 2199.")
        return at


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))

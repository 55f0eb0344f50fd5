"""What approvals were worth, as a page for auditors and change managers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.audit import approval_value as audited
from changes.models.choices import OutcomeWord
from changes.models.rule import AuthorityWord
from changes.queries.approval_value import ROWS_AT_MOST, Value
from changes.web.audit_form import FIRST_YEAR, LAST_YEAR
from changes.web.gate_form import AddressForm
from changes.web.reader import reader

USUAL: Final = timedelta(days=90)
HEADINGS: Final = {
    "decisions": "Votes",
    "rejections": "Rejections",
    "edits": "Edits provoked",
    "failures": "Failed later",
}
VOTED: Final = {"approve": "approved", "reject": "rejected", "abstain": "abstained"}


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Give a day, such as 2026-03-31."},
    )


class PeriodForm(AddressForm):
    """`?since=&until=`: days in the reader's zone; the last 90 where none is given."""

    since = _day("From")
    until = _day("To, this day too")

    def __init__(self, data: Mapping[str, Any], *, today: date) -> None:
        usual = {"since": f"{today - USUAL:%Y-%m-%d}", "until": f"{today:%Y-%m-%d}"}
        given = {name: data.get(name) or day for name, day in usual.items()}
        super().__init__(given, label_suffix="", auto_id="value_%s")

    def clean(self) -> dict[str, Any]:
        for name in ("since", "until"):
            day = self.cleaned_data.get(name)
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, f"Give a day from {FIRST_YEAR} to {LAST_YEAR}.")
        return self.cleaned_data

    def period(self) -> dict[str, datetime]:
        """The instants that the days span."""
        first, last = self.cleaned_data["since"], self.cleaned_data["until"]
        return {"since": _midnight(first), "until": _midnight(last + timedelta(days=1))}


@dataclass(frozen=True, slots=True)
class Row:
    """One rule with what it asked, and where each number leads."""

    value: Value
    who: str
    urls: dict[str, str]


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every rule that got a vote in the period."""
    audited.demand_reader(reader(request))
    form = PeriodForm(request.GET, today=timezone.localdate())
    rows: list[Row] = []
    if form.is_valid():
        try:
            found = audited.read(**form.period(), reader=reader(request))
            rows = [_row(one, form=form) for one in found]
        except ValidationError as wrong:
            form.take(_here(wrong))
    context = {"section": "audit", "form": form, "rows": rows, "wrong": bool(form.errors)}
    status = 422 if form.errors else 200
    return render(request, "changes/approval_value.html", context, status=status)


@login_required
@require_safe
def behind(request: HttpRequest) -> HttpResponse:
    """What one number counts."""
    audited.demand_reader(reader(request))
    form = PeriodForm(request.GET, today=timezone.localdate())
    asked: dict[str, Any] = {
        name: request.GET.get(name, "") for name in ("what", "rule", "authority", "group")
    }
    counted: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            found = audited.behind(**{**form.period(), **asked}, reader=reader(request))
            counted = [{"of": one, "what": _word(one.what)} for one in found]
        except ValidationError as wrong:
            form.take(_here(wrong))
    context = {
        "section": "audit",
        "form": form,
        "rule": asked["rule"],
        "heading": HEADINGS.get(asked["what"], "Votes"),
        "rows": counted,
        "full": len(counted) == ROWS_AT_MOST,
        "most": ROWS_AT_MOST,
        "back": f"{reverse('approval-value')}?{urlencode(_days(form))}",
    }
    status = 422 if form.errors else 200
    return render(request, "changes/approval_value_behind.html", context, status=status)


def _row(value: Value, *, form: PeriodForm) -> Row:
    of_rule = {"rule": value.rule, "authority": value.authority, "group": value.group}
    urls = {
        what: f"{reverse('approval-value-behind')}?"
        + urlencode({**_days(form), **of_rule, "what": what})
        for what in HEADINGS
    }
    known = dict(AuthorityWord.choices)
    return Row(value, value.group or str(known.get(value.authority, value.authority)), urls)


def _days(form: PeriodForm) -> dict[str, str]:
    return {name: str(form.data[name]) for name in ("since", "until")}


def _word(stored: str) -> str:
    known = dict(OutcomeWord.choices)
    return VOTED.get(stored) or str(known.get(stored, stored)).lower()


def _here(wrong: ValidationError) -> ValidationError:
    names = {"from": "since", "to": "until"}
    return ValidationError(
        {names.get(name, name): said for name, said in wrong.message_dict.items()}
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))

"""How much of what is deployed had leave, as a page and as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.cells import Echo, safe
from changes.audit import coverage as audited
from changes.queries.coverage import Coverage
from changes.web.approval_value import PeriodForm
from changes.web.filters import address

SHOWN_AT_MOST = 200
EXPORTED_AT_MOST = 100_000
COLUMNS = (
    "service",
    "team",
    "seen",
    "by_permit",
    "by_change",
    "unauthorised",
    "waiting",
    "percent",
)


class CoverageForm(PeriodForm):
    """The period, and one team where it is named."""

    team = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )

    def __init__(self, data: Any, **given: Any) -> None:
        super().__init__(data, **given)
        self.data = {**self.data, "team": data.get("team", "")}


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Each service with what was seen of it, the worst first."""
    form = CoverageForm(request.GET, today=timezone.localdate())
    found = _read(form, limit=SHOWN_AT_MOST)
    context = {
        "section": "audit",
        "form": form,
        "found": found,
        "wrong": bool(form.errors),
        "most": SHOWN_AT_MOST,
        "flagged_url": address(unauthorised="on"),
        "csv_url": f"{reverse('coverage-export')}?{request.GET.urlencode()}",
    }
    status = 422 if form.errors else 200
    return render(request, "changes/coverage.html", context, status=status)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """Every service of the period as CSV."""
    form = CoverageForm(request.GET, today=timezone.localdate())
    found = _read(form, limit=EXPORTED_AT_MOST)
    if found is None:
        said = " ".join(error for errors in form.errors.values() for error in map(str, errors))
        return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="coverage.csv"'
    return answer


def _read(form: CoverageForm, *, limit: int) -> Coverage | None:
    """What the form asks for; None where it cannot be asked, which the form then tells."""
    if not form.is_valid():
        return None
    zone = timezone.get_current_timezone_name()
    team = form.cleaned_data["team"]
    try:
        return audited.read(**form.period(), team=team, zone=zone, limit=limit)
    except ValidationError as wrong:
        names = {"from": "since", "to": "until"}
        form.take(
            ValidationError(
                {names.get(name, name): said for name, said in wrong.message_dict.items()}
            )
        )
        return None


def _lines(found: Coverage) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for one in found.services:
        counted = one.counted
        cells = [
            one.service,
            one.team,
            counted.seen,
            counted.by_permit,
            counted.by_change,
            counted.unauthorised,
            counted.waiting,
            counted.percent,
        ]
        yield writer.writerow([safe(cell) for cell in cells])

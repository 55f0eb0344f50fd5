"""Who could deploy what, as a page and as CSV, for auditors and change managers."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.cells import Echo, safe
from catalog.models import Environment
from changes.audit import access
from changes.queries.access import Deployable, Narrowed
from changes.web.gate_form import AddressForm
from changes.web.reader import reader
from ledger.decision import rfc3339

COLUMNS = (
    *("service", "team", "kind", "name", "acts_as", "why", "environments"),
    *("expires_at", "last_used_at", "flags"),
)


def _any(label: str, field: Any = forms.CharField, **more: Any) -> Any:
    widget = forms.TextInput(attrs={"placeholder": "Any"})
    return field(required=False, label=label, widget=widget, **more)


class AccessForm(AddressForm):
    """`?service=&team=&environment=&person=&token=&rule=`"""

    service = _any("Service", forms.SlugField, max_length=80)
    team = _any("Owner team", forms.SlugField, max_length=50)
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, to_field_name="slug", empty_label="Any"
    )
    person = _any("Person or robot", max_length=150)
    token = _any(
        "Token, by number", forms.IntegerField, min_value=1, max_value=access.LONGEST_NUMBER
    )
    rule = _any(
        "Trust rule, by number", forms.IntegerField, min_value=1, max_value=access.LONGEST_NUMBER
    )

    def narrowed(self) -> Narrowed:
        """What the address asks about."""
        given, place = self.cleaned_data, self.cleaned_data["environment"]
        return Narrowed(**{**given, "environment": place.slug if place else ""})


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Services by slug, each with who could deploy it."""
    access.demand_reader(reader(request))
    form = AccessForm(request.GET, label_suffix="", auto_id="access_%s")
    found = None
    if form.is_valid():
        try:
            found = access.read(
                form.narrowed(),
                reader=reader(request),
                now=timezone.now(),
                after=request.GET.get("after", "")[:80].replace("\0", ""),
            )
        except ValidationError as wrong:
            form.take(wrong)
    query = request.GET.copy()
    query.pop("after", None)
    context = {"section": "audit", "form": form, "found": found, "query": query.urlencode()}
    return render(request, "changes/access.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All of what the address asks about, as CSV; times are RFC 3339 in UTC."""
    access.demand_reader(reader(request))
    form = AccessForm(request.GET)
    if not form.is_valid():
        return HttpResponse("These filters are not known.", status=422, content_type="text/plain")
    rows = access.every(form.narrowed(), reader=reader(request), now=timezone.now())
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="access.csv"'
    return answer


def _lines(rows: Iterator[Deployable]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        for way in row.ways:
            told = (
                *(row.service, row.team, way.kind, way.name, way.acts_as, way.why),
                *(" ".join(way.environments), rfc3339(way.expires_at)),
                *(rfc3339(way.last_used_at), "; ".join(way.flags)),
            )
            yield writer.writerow([safe(one or "") for one in told])

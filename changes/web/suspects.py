"""How often the ranking of suspects was right, as a page for auditors."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.policies.suspecting import VERSION
from changes.queries import precision
from changes.web.approval_value import PeriodForm

SHOWN_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One version of the arithmetic, with its shares in percent."""

    counted: precision.OfVersion
    is_now: bool

    @property
    def first(self) -> str:
        return _percent(self.counted.precision.at_1)

    @property
    def among_three(self) -> str:
        return _percent(self.counted.precision.at_3)


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Each version of the arithmetic, and each confirmed cause with the place it had."""
    form = PeriodForm(request.GET, today=timezone.localdate())
    context = {"section": "audit", "form": form, "wrong": bool(form.errors), "rows": None}
    if form.is_valid():
        period = form.period()
        counted = precision.by_version(**period)
        confirmed = precision.confirmed(**period, limit=SHOWN_AT_MOST + 1)
        context |= {
            "rows": [Row(one, is_now=one.version == VERSION) for one in counted],
            "now": VERSION,
            "confirmed": confirmed[:SHOWN_AT_MOST],
            "most": SHOWN_AT_MOST if len(confirmed) > SHOWN_AT_MOST else 0,
        }
    status = 422 if form.errors else 200
    return render(request, "changes/suspects_audit.html", context, status=status)


def _percent(share: float | None) -> str:
    return f"{share * 100:.0f} %" if share is not None else ""

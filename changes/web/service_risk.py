"""How the changes of a service went: what the risk of its next one rests on."""

from datetime import date, timedelta
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Service
from changes.queries import histories
from changes.risk.history import failures, followers, interval, usual_failures
from changes.web.months_svg import months

MONTHS: Final = 12
FAILED_SHOWN: Final = 10


@login_required
@require_safe
def service_risk(request: HttpRequest, slug: str) -> HttpResponse:
    """A year of a service: by month, its failure rate with the interval, what followed."""
    service = Service.objects.select_related("owner_team").filter(slug=slug).first()
    if service is None:
        raise Http404(f"There is no service {slug}. The catalogue lists them all.")
    told = histories.of_service(service=service.pk)
    found = failures(told.service, organisation=told.organisation)
    low, high = interval(told.service.failed, told.service.closed)
    context = {
        "section": "catalog",
        "service": service,
        "record": told.service,
        "counted": found,
        "usual": usual_failures(told.organisation),
        "low": round(low * 100),
        "high": round(high * 100),
        "followed": followers(told.service, organisation=told.organisation),
        "chart": months(
            histories.by_month(service=service.pk), named=_last_months(timezone.now().date())
        ),
        "failed": histories.went_wrong(service=service.pk, limit=FAILED_SHOWN),
    }
    return render(request, "changes/service_risk.html", context)


def _last_months(today: date) -> list[date]:
    """The first days of the last twelve months, oldest first."""
    found = [today.replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]

"""The gate: what it says now, and what it answered."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.gate import waiting
from changes.queries import gate_log
from changes.queries.gate_log import LogPage
from changes.queries.places import places
from changes.shown import client
from changes.web.gate_form import LogForm
from changes.web.gate_grid import grid
from changes.web.reader import reader

SERVICES_SHOWN: Final = 40
WAITING_SHOWN: Final = 20
PER_PAGE: Final = 25


@login_required
@require_safe
def gate(request: HttpRequest) -> HttpResponse:
    """A word for each service and environment, and the log; a filtered service narrows both."""
    now = timezone.now()
    form = LogForm(request.GET)
    filters = form.filters()
    cursor = request.GET.get("cursor", "")
    try:
        page = gate_log.page(filters=filters, cursor=cursor, limit=PER_PAGE)
    except ValidationError as wrong:
        form.take(wrong)
        page = gate_log.page(filters=filters, cursor="", limit=PER_PAGE)
    found = places(reader=reader(request), now=now, limit=SERVICES_SHOWN, service=filters.service)
    context = {
        "section": "gate",
        "now": now,
        "environments": found.environments,
        "grid": grid(found, now=now) if found.environments else [],
        "more_services": found.more,
        "queue": list(waiting()[:WAITING_SHOWN]),
        "answers": page.rows,
        "filter_form": form,
        "filtered": filters.any,
        "pager": _pager(form, page),
        "client_digest": client.SHA256,
    }
    return render(request, "changes/gate.html", context, status=422 if form.errors else 200)


def _pager(form: LogForm, page: LogPage) -> dict[str, Any]:
    def url(cursor: str) -> str:
        if not cursor:
            return ""
        return f"{reverse('gate')}?{urlencode({**form.narrowed, 'cursor': cursor})}#log-title"

    return {"newer_url": url(page.newer), "older_url": url(page.older), "words": ""}

"""The filtered list as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from catalog.cells import Echo, safe
from changes.queries import lists
from changes.queries.listed import Listed
from changes.queries.lists import Filters, Page
from changes.web.filters import FilterForm
from changes.web.reader import reader
from ledger.decision import rfc3339

AT_ONCE = 500
AT_MOST = 10_000
COLUMNS = (
    "ref",
    "title",
    "service",
    "environment",
    "team",
    "kind",
    "risk",
    "state",
    "outcome",
    "planned_start_at",
    "planned_end_at",
    "author",
    "implementer",
)


@login_required
@require_safe
def rows(request: HttpRequest) -> HttpResponseBase:
    """Up to ten thousand rows, streamed; times are RFC 3339 in UTC."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return HttpResponse("These filters are not known.", status=422, content_type="text/plain")
    filters = form.filters(username=reader(request).username)
    try:
        first = lists.page(filters=filters, cursor=None, limit=AT_ONCE)
    except ValidationError as wrong:
        return HttpResponse(" ".join(wrong.messages), status=422, content_type="text/plain")
    answer = StreamingHttpResponse(_lines(filters, first), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="changes.csv"'
    return answer


def _lines(filters: Filters, page: Page) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    sent = 0
    while True:
        for row in page.rows:
            yield writer.writerow([safe(cell) for cell in _cells(row)])
        sent += len(page.rows)
        if page.next_cursor is None or sent >= AT_MOST:
            return
        page = lists.page(filters=filters, cursor=page.next_cursor, limit=AT_ONCE)


def _cells(row: Listed) -> list[Any]:
    return [
        row.ref,
        row.title,
        row.service.slug,
        row.environment.slug,
        row.team.slug,
        row.kind,
        row.risk_level,
        row.state,
        row.outcome,
        rfc3339(row.planned_start_at),
        rfc3339(row.planned_end_at),
        row.author.username,
        row.implementer.username if row.implementer else "",
    ]

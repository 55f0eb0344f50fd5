"""Trying a rule or a freeze on the past: runs, their progress, what they found."""

import csv
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.cells import Echo, safe
from changes import backtests
from changes.models import Backtest, BacktestHit, PolicyRule
from changes.queries import backtests as found
from changes.web.backtest_form import BacktestForm
from changes.web.backtest_words import told
from changes.web.reader import reader
from ledger.decision import rfc3339

PER_PAGE: Final = 50
COLUMNS: Final = (
    "change",
    "title",
    "team",
    "service",
    "verb",
    "at",
    "outcome",
    "went_wrong",
    "incident_within_24_hours",
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """The newest runs, and a form that starts one."""
    who = reader(request)
    found.demand_reader(who)
    form = BacktestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen, days = form.chosen(), form.cleaned_data["days"]
        try:
            if isinstance(chosen, PolicyRule):
                job = backtests.of_rule(chosen, days=days, actor=who, now=timezone.now())
            else:
                job = backtests.of_window(chosen, days=days, actor=who, now=timezone.now())
            return HttpResponseRedirect(job.get_absolute_url())
        except ValidationError as wrong:
            form.add_error(None, wrong.messages)
    context = {"section": "gate", "form": form, "runs": found.newest()}
    return render(request, "changes/backtests.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def run(request: HttpRequest, number: int) -> HttpResponse:
    """One run; while it goes on, a fragment of it is asked for again and again."""
    who = reader(request)
    job = _run(request, number)
    context: dict[str, Any] = {
        "section": "gate",
        "run": job,
        "told": told(job),
        "may_cancel": job.asked_by_id == who.pk or who.is_superuser,
    }
    if job.is_over:
        context |= _results(request, job)
    template = "backtest_result" if getattr(request, "htmx", False) else "backtest"
    return render(request, f"changes/{template}.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Call a run off; refused to whoever did not ask for it."""
    job = _run(request, number)
    backtests.cancel(backtest=job.pk, actor=reader(request), now=timezone.now())
    return HttpResponseRedirect(job.get_absolute_url())


@login_required
@require_safe
def export(request: HttpRequest, number: int) -> HttpResponseBase:
    """All that a run met as CSV, streamed; times are RFC 3339 in UTC."""
    job = _run(request, number)
    answer = StreamingHttpResponse(_lines(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="backtest-{job.pk}.csv"'
    return answer


def _run(request: HttpRequest, number: int) -> Backtest:
    found.demand_reader(reader(request))
    job = found.run(number)
    if job is None:
        raise Http404
    return job


def _results(request: HttpRequest, job: Backtest) -> dict[str, Any]:
    """By team, and one page of changes; what is wrong in the address is the first page of all."""
    shown = request.GET.get("shown", "all")
    shown = shown if shown in found.SHOWN else "all"
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    part = found.hits(job, shown=shown, after=number, limit=PER_PAGE)
    older = f"{job.get_absolute_url()}?shown={shown}&after={part.after}#found-title"
    return {
        "teams": found.by_team(job),
        "hits": part.rows,
        "shown": shown,
        "pager": {"newer_url": "", "older_url": older if part.after else "", "words": ""},
        "export_url": reverse("backtest-export", args=[job.pk]),
    }


def _lines(job: Backtest) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for hit in found.every_hit(job):
        yield writer.writerow([safe(cell) for cell in _cells(hit)])


def _cells(hit: BacktestHit) -> list[Any]:
    return [
        hit.ref,
        hit.title,
        hit.team,
        hit.service,
        hit.verb,
        rfc3339(hit.at),
        hit.outcome,
        "yes" if hit.went_wrong else "no",
        f"INC-{hit.incident}" if hit.incident else "",
    ]

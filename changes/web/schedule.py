"""The schedule: what is planned when, and when the windows hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from catalog.models import User
from changes.models import Window
from changes.queries import bands, calendar
from changes.queries.bands import Lane
from changes.queries.clashes import Clash, clashes
from changes.queries.listed import Listed
from changes.queries.schedule import Schedule, of_period
from changes.web.counted_svg import counted
from changes.web.reader import reader
from changes.web.schedule_form import Asked, ScheduleForm, address
from changes.web.schedule_sheet import Drawn
from changes.web.schedule_svg import drawing
from changes.web.schedule_tables import agenda, conflict_reasons, window_rows
from changes.web.spans import VIEWS

ROWS_AT_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the rows say of a period; `changes` are empty where they are only counted."""

    found: Schedule
    lanes: list[Lane]
    windows: list[Window]
    changes: list[Listed]
    clashes: list[Clash]


@login_required
@require_safe
def schedule(request: HttpRequest) -> HttpResponse:
    """A week, a month or an agenda, as the address narrows it; days are the reader's."""
    now, zone = timezone.now(), timezone.get_current_timezone()
    form = ScheduleForm(request.GET)
    asked = form.asked(today=timezone.localdate(), zone=zone)
    try:
        gathered = gather(asked, reader=reader(request), zone=str(zone))
    except ValidationError as wrong:
        form.take(wrong)
        asked = ScheduleForm({}).asked(today=asked.span.first, zone=zone)
        gathered = None
    context = {
        "section": "schedule",
        "heading": asked.span.heading,
        "zone": zone,
        "filter_form": form,
        "filtered": bool(form.narrowed or form.errors),
        "is_found": gathered is not None,
        "narrowed": _narrowed(form),
        **_steps(form, asked),
        **(_shown(gathered, asked, now=now, zone=str(zone)) if gathered else {}),
    }
    return render(request, "changes/schedule.html", context, status=422 if form.errors else 200)


def gather(asked: Asked, *, reader: User, zone: str) -> Gathered:
    """Everything the page shows, in a handful of statements however many rows there are.

    Raises `ValidationError` for an unknown slug.
    """
    within, filters = asked.span.within, asked.filters
    found = of_period(within=within, filters=filters, by=asked.by, zone=zone)
    lanes = bands.team_lanes if asked.by == "team" else bands.service_lanes
    changes = [change for lane in found.lanes for change in lane.changes]
    return Gathered(
        found,
        lanes=[]
        if found.is_counted
        else lanes(
            busy=[lane.place.slug for lane in found.lanes],
            reader=reader,
            team=filters.team,
            service=filters.service,
        ),
        windows=bands.touching(within=within, environment=filters.environment),
        changes=sorted(changes, key=_planned),
        clashes=clashes(changes),
    )


def drawn(gathered: Gathered, asked: Asked, *, now: datetime, zone: str, plan_url: str) -> Drawn:
    """What the drawing shows of it."""
    planned = {lane.place.slug: lane.changes for lane in gathered.found.lanes}
    within = asked.span.within
    return Drawn(
        asked.span,
        lanes=[(lane, planned.get(lane.slug, ())) for lane in gathered.lanes],
        bands=bands.bands(gathered.windows, within=within, lanes=gathered.lanes),
        clashes=gathered.clashes,
        now=now,
        zone=zone,
        by=asked.by,
        plan_url=plan_url,
    )


def _shown(gathered: Gathered, asked: Asked, *, now: datetime, zone: str) -> dict[str, Any]:
    found, today = gathered.found, timezone.localdate(now)
    windows = window_rows(
        found.shades, where={row.ref: bands.scope_words(row) for row in gathered.windows}
    )
    is_agenda = asked.span.view == "agenda" and not found.is_counted
    return {
        "windows": windows,
        "unread": calendar.unread(gathered.windows),
        "changes": [] if is_agenda else gathered.changes[:ROWS_AT_MOST],
        "more": max(len(gathered.changes) - ROWS_AT_MOST, 0),
        "list_url": _list_url(asked)(asked.span.first, None),
        "conflicts": conflict_reasons(gathered.clashes, zone=zone),
        "drawing": _drawing(gathered, asked, now=now, zone=zone),
        "counted": [(day, _list_url(asked)(day.day, day.day)) for day in found.days],
        "agenda": agenda(asked.span, changes=gathered.changes, windows=windows, today=today)
        if is_agenda
        else None,
    }


def _drawing(gathered: Gathered, asked: Asked, *, now: datetime, zone: str) -> SafeString | str:
    if gathered.found.is_counted:
        url, today = _list_url(asked), timezone.localdate(now)
        return counted(
            asked.span,
            gathered.found.days,
            shades=gathered.found.shades,
            today=today,
            url=lambda day: url(day, day),
        )
    if asked.span.view == "agenda" or not gathered.lanes:
        return ""
    plan_url = reverse("change-new")
    return drawing(drawn(gathered, asked, now=now, zone=zone, plan_url=plan_url))


def _list_url(asked: Asked) -> Callable[[date, date | None], str]:
    """Where the changes from one day to another are listed, with the same filters."""
    filters = asked.filters
    kept = {
        "service": filters.service,
        "team": filters.team,
        "environment": filters.environment,
        "state": filters.state[0] if len(filters.state) == 1 else "",
    }

    def url(first: date, last: date | None) -> str:
        last = last or asked.span.days[-1]
        days = {"planned_from": first.isoformat(), "planned_to": last.isoformat()}
        given = {name: value for name, value in (kept | days).items() if value}
        return f"{reverse('changes')}?{urlencode(given)}"

    return url


def _narrowed(form: ScheduleForm) -> str:
    """What leads to feeds and exports of the same place."""
    kept = {k: v for k, v in form.narrowed.items() if k in ("team", "service", "environment")}
    return f"?{urlencode(kept)}" if kept else ""


def _steps(form: ScheduleForm, asked: Asked) -> dict[str, Any]:
    """Where the tabs and the steps in time lead."""
    span = asked.span
    return {
        "spans": [
            {
                "label": label,
                "url": address(form, view=name if name != "week" else None),
                "current": span.view == name,
                "count": None,
                "keys": name[0],
            }
            for name, label in VIEWS
        ],
        "previous_url": address(form, on=span.earlier),
        "next_url": address(form, on=span.later),
        "today_url": address(form, on=None),
    }


def _planned(change: Listed) -> tuple[datetime, int]:
    assert change.planned_start_at is not None
    return change.planned_start_at, change.id

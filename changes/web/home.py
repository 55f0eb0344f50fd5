"""Home: what waits for me, what runs, what comes, and what the gate refused."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import User
from changes import gate
from changes.models import GateAnswer
from changes.queries import bands, owed, templates
from changes.queries import home as rows
from changes.queries.lists import Filters
from changes.queries.overrides import waiting_for
from changes.queries.schedule import of_period
from changes.shown.owed import clocks
from changes.web.flight import flights
from changes.web.reader import reader
from changes.web.schedule_form import SHOWN as NOT_CANCELLED
from changes.web.waiting import waiting
from changes.web.week_svg import thin_week, week_words
from changes.windows import Interval
from incidents import queries as incidents

WAITING_SHOWN: Final = 12
INCIDENTS_SHOWN: Final = 6
LANES_SHOWN: Final = 12
QUEUE_SHOWN: Final = 5
CLOCKS_SHOWN: Final = 4
WEEK: Final = timedelta(days=7)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    now, user = timezone.now(), reader(request)
    items = waiting(
        rows.wanted_from(user=user, now=now),
        rows.own_open(user=user),
        waiting_for(user=user, now=now),
        rows.tasks_of(user=user),
        templates.waiting_for(user=user),
        now=now,
    )
    running = rows.running()
    open_incidents = incidents.still_open().order_by("severity", "id")
    context = {
        "section": "home",
        "now": now,
        "waiting": items[:WAITING_SHOWN],
        "waiting_count": f"{rows.LOOKED_AT}+" if len(items) >= rows.LOOKED_AT else str(len(items)),
        "waiting_more": len(items) > WAITING_SHOWN,
        "clocks": [
            clock
            for one in owed.running(limit=CLOCKS_SHOWN)
            for clock in clocks(
                [one.duty], title=one.change.title, service=one.change.service.slug, now=now
            )
        ],
        "in_flight": flights(running.changes, now=now),
        "in_flight_more": max(running.count - len(running.changes), 0),
        "week": _week(user, now=now),
        "queue": list(gate.waiting()[:QUEUE_SHOWN]),
        "refusals": [_refusal(answer) for answer in rows.refusals(now=now)],
        "incidents": open_incidents[:INCIDENTS_SHOWN],
    }
    return render(request, "changes/home.html", context)


def _week(user: User, *, now: datetime) -> dict[str, Any]:
    """The next seven days, a lane for each team."""
    zone = timezone.get_current_timezone()
    within = Interval(now, now + WEEK)
    found = of_period(
        within=within, filters=Filters(state=NOT_CANCELLED), by="team", zone=str(zone)
    )
    busy = [lane.place.slug for lane in found.lanes]
    lanes = bands.team_lanes(busy=busy, reader=user)[:LANES_SHOWN]
    shades = bands.bands(bands.touching(within=within), within=within, lanes=lanes)
    planned = {lane.place.slug: lane.changes for lane in found.lanes}
    count = sum(len(lane.changes) for lane in found.lanes) + sum(day.total for day in found.days)
    words = week_words(count, shades, is_drawn=not found.is_counted)
    drawn = [(lane, planned.get(lane.slug, ())) for lane in lanes]
    svg = thin_week(within, lanes=drawn, bands=shades, zone=zone, words=words) if lanes else ""
    return {"svg": svg, "words": words}


def _refusal(answer: GateAnswer) -> dict[str, Any]:
    top = answer.reasons[0] if answer.reasons else {}
    return {
        "at": answer.at,
        "service": answer.service,
        "environment": answer.environment,
        "decision": answer.decision,
        "label": answer.get_decision_display(),
        "message": top.get("message", ""),
        "more": max(len(answer.reasons) - 1, 0),
        "url": f"{reverse('gate')}#answer-{answer.pk}",
    }

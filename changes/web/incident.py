"""The changes around an incident, for the incident's page, which loads them by their address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import User
from changes.models import Change
from changes.policies import may
from changes.policies.owed import Owes
from changes.queries import facts as gathered
from changes.queries import owed
from changes.queries.around_incident import around
from changes.shown.owed import Clock, clocks
from changes.states import State
from changes.web.reader import reader
from incidents import queries as incidents
from incidents.models import Incident
from ledger.decision import Decision

VOTES_SHOWN: Final = 5


@login_required
@require_safe
def changes_of(request: HttpRequest, ref: str) -> HttpResponse:
    """What answers an incident and what ran before it: a page, or the part a page asks for."""
    try:
        incident = incidents.by_ref(ref.upper())
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident {ref}.") from None
    found = around(incident)
    now = timezone.now()
    context = {
        "section": "incidents",
        "incident": incident,
        "answering": found.answering,
        "asked": _asked(found.answering, reader=reader(request), now=now),
        "before": found.before,
    }
    part = request.headers.get("HX-Request") == "true"
    name = "changes/around_incident.html" if part else "changes/for_incident.html"
    response = render(request, name, context)
    response["Vary"] = "HX-Request"
    return response


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that waits for somebody: the reader's vote, where one is asked, and its clocks."""

    change: Change
    vote: Decision | None
    clocks: list[Clock]


def _asked(answering: Iterable[Change], *, reader: User, now: datetime) -> list[Asked]:
    """The first few that ask for votes or owe something; a statement for each that asks."""
    found: list[Asked] = []
    for change in answering:
        duties = owed.of_change(change)
        wanted = change.state == State.AWAITING_APPROVAL or Owes.VOTES in {
            duty.owes for duty in duties
        }
        if (wanted or duties) and len(found) < VOTES_SHOWN:
            vote = _vote(change, reader=reader, now=now) if wanted else None
            shown = clocks(duties, title=change.title, service=change.service.slug, now=now)
            found.append(Asked(change, vote, shown))
    return found


def _vote(change: Change, *, reader: User, now: datetime) -> Decision:
    facts = gathered.of_change(change_id=change.pk, actor=reader, now=now)
    return may("vote", facts, now=now)

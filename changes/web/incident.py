"""The changes around an incident, for the incident's page, which loads them by their address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import User
from changes import incident_links, suspects
from changes.incident_links import Said
from changes.models import Change
from changes.policies import may
from changes.policies.owed import Owes
from changes.queries import NoSuchChange, owed
from changes.queries import facts as gathered
from changes.queries import incident_links as links
from changes.queries.around_incident import answering
from changes.shown.owed import Clock, clocks
from changes.states import State
from changes.web.link_form import LinkForm, filled
from changes.web.reader import reader
from incidents import queries as incidents
from incidents.models import Incident
from ledger.decision import Decision, Refused

VOTES_SHOWN: Final = 5


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def changes_of(request: HttpRequest, ref: str) -> HttpResponse:
    """What answers an incident and what ran before it: a page, or the part a page asks for.

    Posting says what a change has to do with it.
    """
    incident = _found(ref)
    form, refused, status = LinkForm(verb="link"), None, 200
    if request.method == "POST":
        form, refused, status = _said(request, incident)
        if status == 303:
            return redirect("incident", incident.ref, permanent=False)
    return _shown(request, incident, form=form, refused=refused, status=status)


@login_required
@require_POST
def take_back(request: HttpRequest, ref: str) -> HttpResponse:
    """File the emergency change that takes a suspect back, and go to it."""
    incident = _found(ref)
    try:
        prepared = incident_links.roll_back(
            incident=incident.ref,
            change=request.POST.get("change", ""),
            actor=reader(request),
            now=timezone.now(),
        )
    except NoSuchChange as missing:
        raise Http404(str(missing)) from None
    except Refused as problem:
        refused = {"label": "Taking it back", "reasons": problem.decision.reasons}
        status = 403 if problem.decision.is_about_who else 409
        blank = LinkForm(verb="link")
        return _shown(request, incident, form=blank, refused=refused, status=status)
    said = "is prepared" if prepared.is_new else "was prepared before"
    messages.success(request, f"{prepared.change.ref} {said}: {prepared.change.title}.")
    return redirect("change", prepared.change.ref, permanent=False)


def _shown(
    request: HttpRequest,
    incident: Incident,
    *,
    form: LinkForm,
    refused: dict[str, Any] | None,
    status: int,
) -> HttpResponse:
    answers, now = answering(incident), timezone.now()
    context = {
        "section": "incidents",
        "incident": incident,
        "answering": answers,
        "asked": _asked(answers, reader=reader(request), now=now),
        "ranking": suspects.of_incident(incident, now=now),
        "links": links.of_incident(incident.pk),
        "decide": incident_links.may_decide(incident, actor=reader(request)),
        "form": form,
        "refused": refused,
    }
    part = request.headers.get("HX-Request") == "true"
    name = "changes/around_incident.html" if part else "changes/for_incident.html"
    response = render(request, name, context, status=status)
    response["Vary"] = "HX-Request"
    return response


def _found(ref: str) -> Incident:
    try:
        return incidents.by_ref(ref.upper())
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident {ref}.") from None


def _said(request: HttpRequest, incident: Incident) -> tuple[LinkForm, dict[str, Any] | None, int]:
    """The form as it was filled in, why it was refused, and the status that says so."""
    form = LinkForm(filled(request.POST), verb="link")
    if not form.is_valid():
        return form, None, 422
    try:
        said = Said(incident=incident.ref, **form.cleaned_data)
        row = incident_links.link(said, actor=reader(request), now=timezone.now())
    except ValidationError as wrong:
        form.take(wrong)
        return form, None, 422
    except NoSuchChange as missing:
        form.add_error("change", str(missing))
        return form, None, 422
    except Refused as problem:
        label = {"label": "Linking a change", "reasons": problem.decision.reasons}
        return form, label, 403 if problem.decision.is_about_who else 409
    messages.success(request, f"CHG-{row.change_id}: {row.get_relation_display().lower()}.")
    return form, None, 303


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

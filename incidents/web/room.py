"""The war room: one incident, and everything that is done in it.

# Note [What is typed stays]
The room asks for its parts every ten seconds and swaps them; forms with text are in none of them.
What somebody does is sent the same way and answered with the same parts, and with the buttons anew.
Without JavaScript every form is an ordinary one, and the page that comes back is the room.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_POST, require_safe

from catalog.actors import actor_of
from catalog.models import Service, User
from incidents import lifecycle, policies, queries
from incidents.models import Incident
from incidents.queries import room as reads
from incidents.web import acts, unchanged, verified
from incidents.web.forms import NoteForm, VerbForm, note_forms
from incidents.web.timeline import lines, pinned
from incidents.web.verbs import acts_of, buttons
from ledger import timeline
from ledger.decision import Refused

HINTS = 200
FAR = timedelta(hours=20)
SHOWN = 15
SAID = {
    "acknowledge": "Acknowledged",
    "mitigate": "Mitigated",
    "resolve": "Resolved",
    "close": "Closed",
    "reopen": "Reopened",
}
SAY_WHY = (
    "It is not verified yet, as “Is service restored?” tells. Wait, or say here why you call it "
    "resolved: your name stays with it."
)


@login_required
@require_safe
def incident(request: HttpRequest, ref: str) -> HttpResponse:
    """One incident: what is wrong, who is on it, what is due, its changes and its timeline."""
    return _page(request, _found(ref))


@login_required
@require_safe
@cache_control(private=True, no_cache=True)
@etag(unchanged.tag)
def now(request: HttpRequest, ref: str) -> HttpResponse:
    """The parts of the room that change by themselves; 304 where nothing did."""
    found = _found(ref)
    if request.headers.get("HX-Request") != "true":
        return _to(found.ref)
    seen = request.GET.get("seen", found.state)
    return render(request, "incidents/live.html", {**_parts(request, found), "seen": seen})


@login_required
@require_POST
def say(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Say a verb of it: acknowledge, mitigate, resolve, close, reopen."""
    if verb not in SAID:
        raise Http404
    found, told, form = _found(ref), {}, None
    if verb in NoteForm.ASKS:
        form = NoteForm(request.POST, verb=verb)
        if not form.is_valid():
            return _wrong(request, found, verb, form)
        told = form.cleaned_data
    try:
        getattr(lifecycle, verb)(ref=found.ref, actor=actor_of(request), now=timezone.now(), **told)
    except Refused as refused:
        if form is None or not _lacks_proof(refused):
            return _refused(request, found, refused)
        form.take(ValidationError({"note": SAY_WHY}))
        return _wrong(request, found, verb, form)
    return _done(request, found.ref, f"{SAID[verb]} {found.ref}.")


@login_required
@require_POST
def command(request: HttpRequest, ref: str) -> HttpResponse:
    """Take command of it."""
    actor, found = actor_of(request), _found(ref)
    try:
        lifecycle.assign_commander(ref=found.ref, commander=actor, actor=actor, now=timezone.now())
    except Refused as refused:
        return _refused(request, found, refused)
    return _done(request, found.ref, f"You command {found.ref}.")


@login_required
@require_POST
def act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Do something in the room: a note, a task, a step, a role, a severity."""
    if act not in acts.ACTS:
        raise Http404
    found = _found(ref)
    form = acts.form_for(act, found, request.POST)
    try:
        if not form.is_valid():
            return _wrong(request, found, act, form)
        said = acts.do(act, found, form.cleaned_data, actor=actor_of(request), now=timezone.now())
    except ValidationError as wrong:
        form.take(wrong)
        return _wrong(request, found, act, form)
    except Refused as refused:
        return _refused(request, found, refused)
    if acts.ACTS[act].goes_on:
        return _done(request, said, f"Go on in {said}.", leave=found.ref != said)
    return _done(request, found.ref, said, fresh=act)


@login_required
@require_safe
def correct(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """A page with the form that corrects a note."""
    found = _found(ref)
    wanted = [row for row in reads.notes(found) if row.number == number]
    if not wanted:
        raise Http404
    at = timezone.localtime(wanted[0].at)
    form = acts.form_for("correct", found)
    form.initial = {"number": number, "text": wanted[0].text, "at": at}
    context = {"section": "incidents", "incident": found, "form": form}
    return render(request, "incidents/correct.html", context)


def _done(
    request: HttpRequest, ref: str, words: str, *, fresh: str = "", leave: bool = False
) -> HttpResponse:
    """The parts and the buttons as they are now; or on to the page."""
    if request.headers.get("HX-Request") != "true":
        messages.success(request, words)
        return _to(ref)
    if leave:
        messages.success(request, words)
        return HttpResponse(headers={"HX-Redirect": reverse("incident", args=[ref])})
    found = _found(ref)
    context = {**_parts(request, found), **_forms(request, found), "said": words, "fresh": fresh}
    return render(request, "incidents/live.html", {**context, "acted": True})


def _refused(request: HttpRequest, found: Incident, refused: Refused) -> HttpResponse:
    """The reasons beside the buttons; without JavaScript on a page of their own."""
    if request.headers.get("HX-Request") != "true":
        raise refused
    found = _found(found.ref)
    context = {**_parts(request, found), **_forms(request, found), "acted": True}
    label = {"label": "This", "reasons": refused.decision.reasons}
    return render(request, "incidents/live.html", {**context, "refused": label})


def _lacks_proof(refused: Refused) -> bool:
    """Whether a reason is all that it lacks; see Note [Verified before it is resolved]."""
    return {one.code for one in refused.decision.reasons} == {"not_verified"}


def _wrong(request: HttpRequest, found: Incident, act: str, form: VerbForm) -> HttpResponse:
    """The form as it came back, with what is wrong."""
    if request.headers.get("HX-Request") != "true":
        return _page(request, found, **{act: form}, status=422)
    context = {**_parts(request, found), **_forms(request, found, **{act: form})}
    return render(request, "incidents/live.html", {**context, "acted": True, "fresh": act})


def _page(
    request: HttpRequest, found: Incident, *, status: int = 200, **came_back: VerbForm
) -> HttpResponse:
    context = {
        "section": "incidents",
        **_parts(request, found),
        **_forms(request, found, **came_back),
        "changes_url": f"/changes/for-incident/{found.ref}",
        "updates_url": _address("incident-updates", found.ref),
        "people": User.objects.filter(is_active=True, is_robot=False)
        .order_by("username")
        .values_list("username", flat=True)[:HINTS],
        "services": Service.objects.filter(is_active=True).values_list("slug", flat=True)[:HINTS],
    }
    return render(request, "incidents/room.html", context, status=status)


def _parts(request: HttpRequest, found: Incident) -> dict[str, Any]:
    """What the parts that change by themselves show."""
    instant = timezone.now()
    told = lines(timeline.events_of(subject=found.ref), reads.notes(found))
    affected = reads.affected(found)
    roles, alerts = reads.roles(found), reads.alerts(found)
    firing = [one for one in alerts if one.is_open]
    return {
        "incident": found,
        "clocks": [_clock(one, instant) for one in reads.clocks(found)],
        "roles": [one for one in roles if one.until is None],
        "had_roles": [one for one in roles if one.until is not None],
        "affected": affected,
        "dependents": reads.dependents(affected),
        "events": told if "all" in request.GET else told[:SHOWN],
        "earlier": 0 if "all" in request.GET else max(len(told) - SHOWN, 0),
        "pinned": pinned(told),
        "tasks": reads.tasks(found),
        "checklists": reads.checklists(found),
        "alerts": alerts,
        "firing": firing,
        "firing_since": min((one.started_at for one in firing), default=None),
        "postmortem": reads.postmortem(found),
        "verification": verified.shown(found, now=instant) if found.is_open else None,
        "related": list(reads.related(found)),
        "may_work": policies.may("tick", _standing(request, found)).allowed,
        "may_note": policies.may("note", _standing(request, found)).allowed,
    }


def _forms(request: HttpRequest, found: Incident, **came_back: VerbForm) -> dict[str, Any]:
    """The buttons and the forms with text."""
    actor, standing = actor_of(request), _standing(request, found)
    commander = found.commander.username if found.commander else ""
    return {
        "verbs": buttons(
            standing, commander=commander, reader=actor.username, forms=note_forms(**came_back)
        ),
        "acts": acts_of(standing, found, came_back, owes=reads.postmortem(found) is not None),
        "note_form": came_back.get("note") or acts.form_for("note", found),
        "task_form": came_back.get("add-task") or acts.form_for("add-task", found),
    }


def _standing(request: HttpRequest, found: Incident) -> policies.Standing:
    return lifecycle.standing(actor=actor_of(request), incident=found)


def _clock(row: Any, instant: datetime) -> dict[str, Any]:
    late = row.due_at <= instant
    soon = row.remind_at <= instant
    return {
        "what": row.get_kind_display(),
        "due_at": row.due_at,
        "far": abs(row.due_at - instant) > FAR,
        "late": late,
        "tone": "stop" if late else "wait" if soon else "plain",
    }


def _found(ref: str) -> Incident:
    try:
        return queries.by_ref(ref.upper())
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident {ref}.") from None


def _address(name: str, ref: str) -> str:
    """Where a part of the room is served; empty where nobody serves it."""
    try:
        return reverse(name, args=[ref])
    except NoReverseMatch:
        return ""


def _to(ref: str) -> HttpResponse:
    """On to the page of an incident, with GET."""
    redirect = HttpResponseRedirect(reverse("incident", args=[ref]))
    redirect.status_code = 303
    return redirect

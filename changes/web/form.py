"""Writing a change: new and edit, with advice while typing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.queries import colleagues_of
from changes import lifecycle, policies
from changes.models import Change
from changes.queries import NoSuchChange, by_ref
from changes.queries import facts as gathered
from changes.queries.advice import advice
from changes.queries.evidence import events_since, last_position
from changes.shown.timeline import lines
from changes.states import NOT_STARTED, State
from changes.web import slot_finder, starting
from changes.web.advising import panel, refused_context
from changes.web.change_form import ChangeForm, sections, service_hints, written
from changes.web.detail import change_page, to_page
from changes.web.meanwhile import merged
from changes.web.reader import no_such_change, reader
from ledger.decision import Refused

ASKING = frozenset({"advice", slot_finder.FIND, slot_finder.TAKE})
SAVED = {
    State.PLANNING: "Saved {ref}. Submit it when it is ready.",
    State.AWAITING_APPROVAL: "Saved {ref}. Its votes still count.",
    State.SCHEDULED: "Saved {ref}. It stays scheduled.",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new change; saving files it in planning."""
    now = timezone.now()
    begun = starting.start(request.GET, now=now)
    way = request.GET.get("from", begun.way) if begun.way == "blank" else begun.way
    choices = starting.choices(way, reader=reader(request))
    if choices is not None and (begun.problem or begun.way == "blank"):
        return _choose(request, way, choices, problem=begun.problem)
    initial = {
        "kind": "normal",
        "category": "deployment",
        "rollout": "all_at_once",
        **begun.initial,
    }
    form = ChangeForm(_sent(request), initial=initial, template=begun.template)
    extra = {"starting_points": starting.tabs(begun.way), "source": begun.source}
    if not form.is_bound or _asks(request) or not form.is_valid():
        return _page(request, form, now=now, extra=extra)
    try:
        change = lifecycle.create(fields=form.values(), actor=reader(request), now=now)
    except ValidationError as wrong:
        form.take(wrong)
        return _page(request, form, now=now, extra=extra)
    messages.success(request, SAVED[State.PLANNING].format(ref=change.ref))
    return to_page(change.ref)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change what is written; an edit of an older edition comes back merged, nothing lost."""
    now = timezone.now()
    try:
        seen = last_position(ref=ref.upper())
        change = by_ref(ref=ref)
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    if not (form := _form(request, change, seen=seen)).is_bound:
        refused = _refused_to_edit(change, request, now=now)
        if refused is not None:
            return change_page(request, ref=ref, refused=refused)
    if not form.is_bound or _asks(request) or not form.is_valid():
        return _page(request, form, now=now)
    try:
        saved = lifecycle.edit(
            ref=ref,
            fields=form.values(),
            actor=reader(request),
            now=now,
            edition=form.cleaned_data["edition"],
        )
    except ValidationError as wrong:
        form.take(wrong)
        return _page(request, form, now=now)
    except Refused as refused:
        return _refused(request, form, refused, now=now)
    _say_saved(request, saved, before=change)
    return to_page(saved.ref)


def _sent(request: HttpRequest) -> Any:
    return slot_finder.taken_over(request.POST) if request.method == "POST" else None


def _asks(request: HttpRequest) -> bool:
    """Whether the form was sent to be looked at, not to be saved."""
    return bool(ASKING & request.POST.keys())


def _form(request: HttpRequest, change: Change, *, seen: int) -> ChangeForm:
    initial = {**written(change), "edition": change.edition, "seen": seen}
    return ChangeForm(_sent(request), initial=initial, change=change, template=change.template)


def _refused_to_edit(change: Change, request: HttpRequest, *, now: datetime) -> Refused | None:
    facts = gathered.of_change(change_id=change.pk, actor=reader(request), now=now)
    decision = policies.may("edit", facts, now=now)
    return None if decision.allowed else Refused(decision, ref=change.ref)


def _say_saved(request: HttpRequest, saved: Change, *, before: Change) -> None:
    if saved.state == State.PLANNING and before.state != State.PLANNING:
        words = "Saved {ref}. The plan changed, so it is back in planning: submit it again."
    else:
        words = SAVED.get(State(saved.state), "Saved {ref}.")
    messages.success(request, words.format(ref=saved.ref))


def _refused(
    request: HttpRequest, form: ChangeForm, refused: Refused, *, now: datetime
) -> HttpResponse:
    """The form again with what was typed, and what somebody faster has changed meanwhile."""
    reasons = tuple(
        replace(reason, remedy="Look at what changed below, then save again.")
        if reason.code == "edited_meanwhile"
        else reason
        for reason in refused.decision.reasons
    )
    context: dict[str, Any] = {"refused": refused_context("Saving", reasons)}
    if "edited_meanwhile" in refused.decision.codes:
        opened_at = form.cleaned_data["seen"] or 0
        seen = last_position(ref=refused.ref)
        change, events = by_ref(ref=refused.ref), events_since(ref=refused.ref, position=opened_at)
        form, clashes = merged(form, change, sent=request.POST, events=events, seen=seen)
        context |= {"meanwhile": lines(events), "clashes": clashes}
    status = 403 if refused.decision.is_about_who else 409
    return _page(request, form, now=now, extra=context, status=status)


def _page(
    request: HttpRequest,
    form: ChangeForm,
    *,
    now: datetime,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with its advice; the advice alone where htmx asks for it."""
    advising = _asks(request)
    values = _values(form)
    found = advice(values, actor=reader(request), now=now, before=form.change)
    context: dict[str, Any] = {"advice": panel(found, change=form.change)}
    if advising and request.headers.get("HX-Request"):
        return render(request, "changes/advice.html", context)
    if form.is_bound and form.errors and not advising and status == 200:
        status = 422
    context |= {
        "section": "changes",
        "form": form,
        "sections": sections(form),
        "services": service_hints(username=reader(request).username),
        "people": colleagues_of(user=reader(request)),
        "change": form.change,
        "template": form.template,
        "advising": advising,
        "finder": slot_finder.finder(
            request,
            values,
            change=form.change,
            risk=str(found.risk.level) if found.risk else "low",
            reader=reader(request),
            now=now,
        ),
        "action": request.get_full_path(),
        "lapses": _lapses(form.change),
        **(extra or {}),
    }
    return render(request, "changes/form.html", context, status=status)


def _values(form: ChangeForm) -> Mapping[str, Any]:
    """What is typed, wrong fields left out; what the form begins with before that."""
    if not form.is_bound:
        return form.initial
    form.is_valid()  # Cleans what was not cleaned yet, and keeps the lifecycle's errors.
    return form.values()


def _choose(
    request: HttpRequest, way: str, choices: list[starting.Choice], *, problem: str
) -> HttpResponse:
    context = {
        "section": "changes",
        "starting_points": starting.tabs(way),
        "way": way,
        "choices": choices,
        "problem": problem,
    }
    return render(request, "changes/start.html", context, status=404 if problem else 200)


def _lapses(change: Change | None) -> int:
    """How many votes a material edit would let lapse."""
    if change is None or change.state == State.PLANNING or change.state not in NOT_STARTED:
        return 0
    return change.votes.filter(round=change.approval_round).count()

"""Overrides of freezes as pages: all of them, one of them, and asking for one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from catalog.models import Service
from changes import overrides
from changes.models import Override
from changes.overrides import Asked
from changes.policies.overriding import LONGEST
from changes.queries import NoSuchChange, by_ref
from changes.queries import overrides as found
from changes.shown.overrides import line, lines
from changes.web.buttons import Button
from changes.web.change_form import service_hints
from changes.web.override_forms import RequestForm, ReviewForm, WithdrawForm
from changes.web.reader import reader
from changes.web.verb_forms import VerbForm
from changes.windows import Interval
from ledger.decision import Decision, Refused

LABELS: Final = {"confirm": "Confirm", "withdraw": "Withdraw", "review": "Write the review"}
FORMS: Final[dict[str, type[VerbForm]]] = {"withdraw": WithdrawForm, "review": ReviewForm}
CALLS: Final[dict[str, Callable[..., Override]]] = {
    "confirm": overrides.confirm,
    "withdraw": overrides.withdraw,
    "review": overrides.review,
}
SAID: Final = {
    "confirm": "Confirmed {ref}. It is recorded with both your names.",
    "withdraw": "Withdrew {ref}. The freeze holds again.",
    "review": "Reviewed {ref}.",
}


@login_required
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """All overrides, newest first, a page at a time; those that wait for the reader above."""
    now = timezone.now()
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    rows = found.newest(before=before)
    older = rows[-1].pk if len(rows) == found.PAGE else None
    context = {
        "section": "gate",
        "overrides": lines(rows, now=now),
        "pager": {
            "newer_url": "",
            "older_url": f"?before={older}" if older else "",
            "words": "",
        },
        "ask_url": reverse("override-new"),
    }
    return render(request, "changes/overrides.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for an override; the form comes back with what is wrong beside its field."""
    now, refused, status = timezone.now(), None, 200
    form = RequestForm(
        request.POST if request.method == "POST" else None,
        initial={name: request.GET.get(name, "") for name in ("change", "service", "environment")},
    )
    if form.is_bound:
        status = 422
        try:
            if form.is_valid():
                row = overrides.request(Asked(**form.asked()), actor=reader(request), now=now)
                messages.success(request, f"Asked for {row.ref}. A second person confirms it.")
                return _to(row)
        except ValidationError as wrong:
            form.take(wrong)
        except NoSuchChange as missing:
            form.add_error("change", str(missing))
        except Refused as problem:
            refused, status = problem.decision, 403 if problem.decision.is_about_who else 409
    context = {
        "section": "gate",
        "form": form,
        "freezes": _in_its_way(form["change"].value(), now=now),
        "refused": _refused("Asking for an override", refused),
        "services": service_hints(username=reader(request).username),
    }
    return render(request, "changes/override_new.html", context, status=status)


@login_required
@require_safe
def one(request: HttpRequest, ref: str) -> HttpResponse:
    """One override: who, what, until when, why; and what can be said of it."""
    return _page(request, ref)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Confirm, withdraw or review it, and go back to its page."""
    if verb not in CALLS:
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(reverse("override", args=[ref.upper()]))
    form = FORMS.get(verb, VerbForm)(request.POST, verb=verb)
    try:
        if form.is_valid():
            row = CALLS[verb](
                ref=ref, actor=reader(request), now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, SAID[verb].format(ref=row.ref))
            return _to(row)
    except ValidationError as wrong:
        form.take(wrong)
    except Refused as refused:
        return _page(request, ref, opened={verb: form}, refused=refused.decision)
    except found.NoSuchOverride as missing:
        raise Http404(str(missing)) from None
    return _page(request, ref, opened={verb: form}, status=422)


def _in_its_way(change: Any, *, now: datetime) -> list[found.Freeze]:
    """The freezes that meet a change from now on for as long as an override lasts at most."""
    try:
        row = by_ref(ref=str(change or ""))
    except NoSuchChange:
        return []
    service = Service.objects.select_related("owner_team").get(pk=row.service_id)
    within = Interval(now, now + LONGEST)
    if row.planned_start_at and row.planned_end_at and row.planned_end_at > now:
        within = Interval(now, max(within.ends_at, row.planned_end_at))
    return found.freezes(service=service, environment=row.environment, change=row, within=within)


def _page(
    request: HttpRequest,
    ref: str,
    *,
    opened: Mapping[str, VerbForm] | None = None,
    refused: Decision | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    try:
        row = found.by_ref(ref=ref)
    except found.NoSuchOverride as missing:
        raise Http404(str(missing)) from None
    said = found.decisions(row, actor=reader(request), now=now)
    if refused is not None:
        status = 403 if refused.is_about_who else 409
    context = {
        "section": "gate",
        "override": row,
        "line": line(row, now=now),
        "verbs": _buttons(row, said, opened=opened or {}, now=now),
        "refused": _refused(LABELS.get(refused.verb, "This") if refused else "", refused),
    }
    return render(request, "changes/override.html", context, status=status)


def _buttons(
    row: Override, said: Mapping[str, Decision], *, opened: Mapping[str, VerbForm], now: datetime
) -> list[Button]:
    """What can be said of it; what its standing alone puts out of reach is left out."""
    shown = []
    for verb, decision in said.items():
        if "wrong_state" in decision.codes:
            continue
        form = opened.get(verb) or (FORMS[verb](verb=verb) if verb in FORMS else None)
        shown.append(
            Button(
                name=verb,
                label=LABELS[verb],
                allowed=decision.allowed,
                reasons=decision.reasons,
                warnings=(),
                url=reverse("override-verb", args=[row.ref, verb]),
                primary=decision.allowed and verb in ("confirm", "review"),
                fields=list(form) if form and verb in FORMS else [],
                wrong=[str(wrong) for wrong in form.non_field_errors()] if form else [],
                open=verb in opened,
            )
        )
    return shown


def _refused(label: str, decision: Decision | None) -> dict[str, Any] | None:
    return {"label": label, "reasons": decision.reasons} if decision else None


def _to(row: Override) -> HttpResponse:
    redirect = HttpResponseRedirect(reverse("override", args=[row.ref]))
    redirect.status_code = 303
    return redirect

"""One's own absences and delegations: written, seen and ended on one page."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import User
from changes import leave
from changes.queries import leave as rows
from changes.web.leave_forms import AbsenceForm, DelegationForm
from changes.web.reader import reader
from ledger.decision import Decision, Refused

CALLS: Final[dict[str, tuple[Callable[..., Any], Any, str]]] = {
    "absence": (leave.go, AbsenceForm, "{row} is written: they are not counted on meanwhile."),
    "delegation": (leave.delegate, DelegationForm, "{row} is made: the delegate may vote."),
}
SHOWN: Final = 50
OFFERED: Final = 200


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's absences and delegations, and a form for another of each."""
    actor, now, refused, status = reader(request), timezone.now(), None, 200
    forms = {name: form(verb=name, initial=_own(actor)) for name, (_, form, _) in CALLS.items()}
    written = request.POST.get("write") if request.method == "POST" else None
    if request.method == "POST":
        if written not in CALLS:
            raise Http404
        call, shape, said = CALLS[written]
        form = forms[written] = shape(request.POST, verb=written, initial={})
        status = 422
        try:
            if form.is_valid():
                row = call(**form.cleaned_data, actor=actor, now=now)
                messages.success(request, said.format(row=row))
                return _back()
        except ValidationError as wrong:
            form.take(wrong)
        except Refused as problem:
            refused, status = problem.decision, 403 if problem.decision.is_about_who else 409
    context = {
        "section": "home",
        "now": now,
        "forms": forms,
        "refused": _refused(refused),
        "absences": rows.absences(of=actor)[:SHOWN],
        "delegations": rows.delegations(of=actor)[:SHOWN],
        "people": User.objects.filter(is_active=True, is_robot=False).order_by("username")[
            :OFFERED
        ],
    }
    return render(request, "changes/leave.html", context, status=status)


@login_required
@require_POST
def end(request: HttpRequest, ref: str) -> HttpResponse:
    """End an absence or a delegation now."""
    try:
        row = leave.end(ref=ref, actor=reader(request), now=timezone.now())
        messages.success(request, f"{row} has ended.")
    except leave.NoSuchLeave as missing:
        raise Http404(str(missing)) from None
    except Refused as refused:
        for reason in refused.decision.reasons:
            messages.error(request, f"{reason.message} {reason.remedy}")
    return _back()


def _own(actor: User) -> dict[str, Any]:
    return {"person": actor.username, "delegator": actor.username}


def _refused(decision: Decision | None) -> dict[str, Any] | None:
    labels = {"absent": "Going on leave", "delegate": "Delegating"}
    if decision is None:
        return None
    return {"label": labels.get(decision.verb, decision.verb), "reasons": decision.reasons}


def _back() -> HttpResponse:
    redirect = HttpResponseRedirect(reverse("leave"))
    redirect.status_code = 303
    return redirect

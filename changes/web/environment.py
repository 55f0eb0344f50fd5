"""The page of an environment: who has taken it, who works there, and taking it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.models import Environment
from changes import environments, gate
from changes.queries import environments as queries
from changes.queries.fail_modes import fail_mode_of
from changes.web.fields import InstantField
from changes.web.reader import reader
from changes.web.verb_forms import VerbForm
from ledger.decision import Refused

WAITING_SHOWN: Final = 100
USUAL: Final = timedelta(hours=1)
SENTENCES: Final = {
    "environment.locked": "locked it",
    "environment.released": "released it",
    "environment.edited": "edited it",
    "environment.fail_mode_set": "set what pipelines do without the gate",
}


class LockForm(VerbForm):
    """What taking an environment asks."""

    reason = forms.CharField(
        label="What it is needed for",
        max_length=300,
        error_messages={"required": "Say what it is needed for, so that those who wait know."},
        help_text="Everybody who waits reads it.",
    )
    until = InstantField(
        label="Until", error_messages={"required": "Say until when."}, help_text="A week at most."
    )
    change = forms.CharField(
        label="For the change",
        required=False,
        max_length=24,
        help_text="Its ref, such as CHG-12: it starts there all the same.",
    )


class LimitForm(VerbForm):
    """How much goes on at once."""

    one_at_a_time = forms.ChoiceField(
        label="What is kept apart", choices=Environment.OneAtATime.choices
    )
    max_running = forms.IntegerField(
        label="Changes implemented at once",
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Empty means any number.",
    )
    demands_reauthentication = forms.BooleanField(
        label="Approvers confirm who they are",
        required=False,
        help_text="They give their password, and code, again; API tokens cannot approve.",
    )


DEEDS: Final[dict[str, tuple[type[VerbForm], Callable[..., Any], str]]] = {
    "lock": (LockForm, environments.lock, "Locked {}."),
    "release": (VerbForm, environments.release, "Released {}."),
    "limit": (LimitForm, environments.limit, "Set how much goes on in {} at once."),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def environment(request: HttpRequest, slug: str) -> HttpResponse:
    """What goes on in an environment; a deed is posted here too, by its name."""
    row = Environment.objects.filter(slug=slug).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, row)
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        raise Http404
    kind, call, flash = DEEDS[deed]
    form = kind(request.POST, verb=deed)
    if not form.is_valid():
        return _page(request, row, opened={deed: form}, status=422)
    try:
        call(environment=slug, actor=reader(request), now=timezone.now(), **form.cleaned_data)
    except ValidationError as wrong:
        form.take(wrong)
        return _page(request, row, opened={deed: form}, status=422)
    except Refused as refused:
        status = 403 if refused.decision.is_about_who else 409
        told = {"label": deed.capitalize(), "reasons": refused.decision.reasons}
        return _page(request, row, opened={deed: form}, refused=told, status=status)
    messages.success(request, flash.format(row.name))
    return HttpResponseRedirect(reverse("environment", args=[slug]))


def _page(
    request: HttpRequest,
    row: Environment,
    *,
    opened: dict[str, VerbForm] | None = None,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, opened = timezone.now(), opened or {}
    row.refresh_from_db()
    found = queries.busy(environment=row, now=now)
    may = environments.permits(actor=reader(request), lock=found.lock)
    limits = {name: getattr(row, name) for name in LimitForm.base_fields}
    context = {
        "section": "gate",
        "environment": row,
        "busy": found,
        "now": now,
        "refused": refused,
        "may": may,
        "lock_form": opened.get("lock") or LockForm(verb="lock", initial={"until": now + USUAL}),
        "fail_mode": fail_mode_of(environment=row),
        "limit_form": opened.get("limit") or LimitForm(verb="limit", initial=limits),
        "opened": set(opened),
        "queue": list(gate.waiting(environment=row)[:WAITING_SHOWN]),
        "events": [
            {"by": one.actor, "at": one.at, "words": SENTENCES[one.verb], "of": one}
            for one in queries.events(environment=row)
            if one.verb in SENTENCES
        ],
    }
    return render(request, "changes/environment.html", context, status=status)

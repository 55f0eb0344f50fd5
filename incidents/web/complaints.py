"""Reporting a problem: for everybody who is signed in, whether or not monitoring saw it."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.actors import actor_of
from catalog.models import Service
from incidents import complaints, queries
from incidents.web.forms import LONGEST_TEXT, VerbForm

HINTS = 200
OPEN_SHOWN = 10


class ProblemForm(VerbForm):
    """What is wrong, where, since when and for how many; `number` makes sending it twice one."""

    verb = "report"
    service = forms.SlugField(
        required=False,
        max_length=80,
        label="Service",
        help_text="Leave it out if you do not know.",
        error_messages={"invalid": "Give the slug of a service, such as payments-api."},
        widget=forms.TextInput(attrs={"list": "report-services", "autocomplete": "off"}),
    )
    subject = forms.CharField(
        max_length=200,
        label="What happens",
        help_text="In a few words: I cannot pay by card.",
        error_messages={"required": "Say what happens."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label="More about it",
        help_text="What you did, what you expected, what the screen said.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    since_at = forms.DateTimeField(
        required=False,
        label="Since when",
        help_text="Now, if left out.",
        error_messages={"invalid": "Give a day and a time."},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    affected = forms.IntegerField(
        required=False,
        min_value=0,
        label="How many people have it",
        help_text="As far as you know.",
        error_messages={"invalid": "Give a number."},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    number = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_service(self) -> Service | None:
        slug = self.cleaned_data["service"]
        if not slug:
            return None
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        if found is None:
            raise ValidationError(f"There is no service {slug}. Leave it out if in doubt.")
        return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Report a problem; the form comes back with what is wrong beside its field."""
    now = timezone.now()
    if request.method != "POST":
        given = {"number": uuid.uuid4(), "service": request.GET.get("service", "")[:80]}
        return _page(request, ProblemForm(initial=given), now=now)
    form = ProblemForm(request.POST)
    try:
        if not form.is_valid():
            return _page(request, form, now=now, status=422)
        reported = _reported(request, form.cleaned_data, now=now)
    except ValidationError as wrong:
        form.take(wrong)
        return _page(request, form, now=now, status=422)
    messages.success(request, _thanks(reported))
    redirect = HttpResponseRedirect(reverse("report-problem"))
    redirect.status_code = 303
    return redirect


def _reported(request: HttpRequest, given: dict[str, Any], *, now: datetime) -> complaints.Reported:
    actor, number = actor_of(request), given.pop("number") or uuid.uuid4()
    return complaints.report(
        **given, said_by=actor.username, message_id=f"page:{number}", actor=actor, now=now
    )


def _thanks(reported: complaints.Reported) -> str:
    incident = reported.alert.incident if reported.alert else None
    if incident is not None:
        return f"Reported. It is part of {incident.ref}: {incident.title}."
    if reported.complaint.service is None:
        return "Reported. Whoever is on call sees it; no service was named."
    return "Reported. Whoever is on call sees it."


def _page(
    request: HttpRequest, form: ProblemForm, *, now: datetime, status: int = 200
) -> HttpResponse:
    context = {
        "section": "incidents",
        "form": form,
        "known": list(queries.still_open()[:OPEN_SHOWN]),
        "lately": complaints.lately(now=now),
        "services": Service.objects.filter(is_active=True)[:HINTS],
    }
    return render(request, "incidents/report.html", context, status=status)

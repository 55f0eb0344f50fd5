"""The alerts: what fires first, and one alert with every time that it fired."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.actors import actor_of
from incidents import alerts as domain
from incidents.alerts import listing
from incidents.alerts.listing import Filters, Mark
from incidents.models import Alert, Incident
from incidents.web.verbs import Button
from ledger import timeline

PER_PAGE = 50
NOTES = 50
FIRINGS = 50
VIEWS = (
    ("firing", "Firing"),
    ("unrouted", "Unrouted"),
    ("missed", "Over when heard"),
    ("ended", "Ended"),
    ("all", "All"),
)


class FilterForm(forms.Form):
    """Each filter is one parameter of the address."""

    view = forms.ChoiceField(required=False, choices=VIEWS, widget=forms.HiddenInput)
    service = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    source = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    severity = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *Incident.Severity.choices],
    )


@login_required
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The alerts, those that fire first, as the address filters them."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        raise Http404
    given = {name: value for name, value in form.cleaned_data.items() if value}
    filters = Filters(**given)
    page = listing.page(
        filters,
        newer=_mark(request.GET.get("newer")),
        older=_mark(request.GET.get("older")),
        limit=PER_PAGE,
    )
    narrowed = {name: value for name, value in given.items() if name != "view"}
    here = reverse("alerts")
    context = {
        "section": "alerts",
        "alerts": page.rows,
        "view": filters.view,
        "views": [
            {
                "label": label,
                "url": _address(here, view=name, **narrowed),
                "current": name == filters.view,
                "count": None,
            }
            for name, label in VIEWS
        ],
        "filter_form": FilterForm(initial={**given, "view": filters.view}),
        "filtered": bool(narrowed),
        "here": _address(here, view=filters.view),
        "pager": {
            "newer_url": _address(here, **given, newer=_text(page.newer)) if page.newer else "",
            "older_url": _address(here, **given, older=_text(page.older)) if page.older else "",
            "words": "",
        },
    }
    return render(request, "incidents/alerts.html", context)


@login_required
@require_safe
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """One alert: what is wrong, whose it is and why, and every time that it fired."""
    found = _found(number)
    decision = domain.may_acknowledge(found, actor=actor_of(request))
    firings = list(found.firings.select_related("incident")[: FIRINGS + 1])
    context = {
        "section": "alerts",
        "alert": found,
        "firings": firings[:FIRINGS],
        "more_firings": len(firings) > FIRINGS,
        "verb": Button(
            name="acknowledge",
            label="Acknowledge",
            allowed=decision.allowed,
            reasons=decision.reasons,
            url=reverse("alert-acknowledge", args=[found.pk]),
            primary=decision.allowed,
        )
        if found.is_open
        else None,
        "declare_url": _declare_url(found) if found.incident is None else "",
        "notes": list(found.notes.all()[:NOTES]),
        "snoozed": found.is_snoozed(now=timezone.now()),
        "events": timeline.events_of(subject=found.ref),
    }
    return render(request, "incidents/alert.html", context)


@login_required
@require_POST
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Say that somebody has seen it."""
    found = _found(number)
    domain.acknowledge(number=found.pk, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"Acknowledged “{found.title}”.")
    redirect = HttpResponseRedirect(reverse("alert", args=[found.pk]))
    redirect.status_code = 303
    return redirect


def _declare_url(found: Alert) -> str:
    """Declaring an incident, with what the alert says filled in."""
    return _address(
        reverse("incidents"),
        title=found.title[:200],
        service=found.service.slug if found.service else "",
        environment=found.environment.slug if found.environment else "",
        severity=found.severity or "",
        onset_at=found.started_at.isoformat(timespec="minutes"),
        alert=found.pk,
    )


def _found(number: int) -> Alert:
    found = listing.shown().filter(pk=number).first()
    if found is None:
        raise Http404("There is no such alert.")
    return found


def _address(path: str, **given: Any) -> str:
    told = {name: value for name, value in given.items() if value not in ("", None)}
    return f"{path}?{urlencode(told)}" if told else path


def _text(mark: Mark | None) -> str:
    return f"{mark.at.isoformat()}~{mark.number}" if mark else ""


def _mark(text: str | None) -> Mark | None:
    """The place that an address names; none where it is no such thing."""
    at, _, number = (text or "").rpartition("~")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    try:
        found = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    return Mark(found, int(number)) if found.tzinfo else None

"""The list of incidents, and one incident."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.actors import actor_of
from catalog.models import Service
from incidents import lifecycle, queries
from incidents.lifecycle.postmortems import REMINDER
from incidents.models import Incident
from incidents.queries import room
from incidents.web.forms import DeclareForm
from incidents.web.verbs import declare_button

PER_PAGE = 25
HINTS = 200
OWED_SHOWN = 20
VIEWS = (("open", "Open"), ("resolved", "Resolved"), ("closed", "Closed"), ("all", "All"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents, newest first, and declaring one."""
    if request.method != "POST":
        return _list(request, _prefilled(request) or DeclareForm())
    form = DeclareForm(request.POST)
    try:
        if not form.is_valid():
            return _list(request, form, status=422)
        found = lifecycle.declare(**form.given(), actor=actor_of(request), now=timezone.now())
    except ValidationError as wrong:
        form.take(wrong)
        return _list(request, form, status=422)
    messages.success(request, f"Declared {found.ref}.")
    return _to(found.ref)


class FilterForm(forms.Form):
    """Each filter is one parameter of the address."""

    view = forms.ChoiceField(required=False, choices=VIEWS, widget=forms.HiddenInput)
    service = forms.SlugField(
        required=False, max_length=80, widget=forms.TextInput(attrs={"placeholder": "Any"})
    )
    severity = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *Incident.Severity.choices],
    )
    commander = forms.CharField(
        required=False, max_length=150, widget=forms.TextInput(attrs={"placeholder": "Anybody"})
    )


def _list(request: HttpRequest, form: DeclareForm, *, status: int = 200) -> HttpResponse:
    prefilled = "title" in request.GET
    filters = FilterForm(request.GET if not prefilled else {})
    if not filters.is_valid():
        raise Http404
    given = {name: value for name, value in filters.cleaned_data.items() if value}
    view = given.pop("view", "open")
    page = queries.page(
        state="" if view == "all" else view,
        newer_than=_key(request.GET.get("newer")),
        older_than=_key(request.GET.get("older")),
        limit=PER_PAGE,
        **given,
    )
    here = reverse("incidents")
    declare = declare_button(lifecycle.standing(actor=actor_of(request)), form=form)
    context = {
        "section": "incidents",
        "incidents": page.rows,
        "view": view,
        "views": [
            {
                "label": label,
                "url": _address(here, view=name, **given),
                "current": name == view,
                "count": None,
            }
            for name, label in VIEWS
        ],
        "filter_form": filters,
        "filtered": bool(given),
        "here": _address(here, view=view),
        "pager": {
            "newer_url": _address(here, view=view, newer=page.newer_than, **given)
            if page.newer_than
            else "",
            "older_url": _address(here, view=view, older=page.older_than, **given)
            if page.older_than
            else "",
            "words": "",
        },
        "owed": _owed(timezone.now()),
        "declare": replace(declare, open=True) if prefilled else declare,
        "service_hints": _service_hints(),
    }
    return render(request, "incidents/list.html", context, status=status)


def _owed(now: datetime) -> list[dict[str, Any]]:
    """The postmortems that are owed, those that are late first."""
    return [
        {"duty": duty, "late": duty.due_at <= now, "soon": duty.due_at - now <= REMINDER}
        for duty in room.owed_postmortems(limit=OWED_SHOWN)
    ]


def _prefilled(request: HttpRequest) -> DeclareForm | None:
    """The form as an alert or a change fills it in by the address; None where none does."""
    if "title" not in request.GET:
        return None
    names = ("title", "service", "environment", "severity", "description", "alert")
    initial: dict[str, Any] = {name: request.GET.get(name, "") for name in names}
    try:
        began = datetime.fromisoformat(request.GET.get("onset_at", ""))
        initial["onset_at"] = timezone.localtime(began)
    except ValueError:
        initial["onset_at"] = None
    return DeclareForm(initial={name: value for name, value in initial.items() if value})


def _address(here: str, **given: Any) -> str:
    return f"{here}?{urlencode(given)}"


def _to(ref: str) -> HttpResponse:
    """On to the page of an incident, with GET."""
    redirect = HttpResponseRedirect(reverse("incident", args=[ref]))
    redirect.status_code = 303
    return redirect


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _service_hints() -> Any:
    return Service.objects.filter(is_active=True).values_list("slug", flat=True)[:HINTS]

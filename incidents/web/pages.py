"""The list of incidents, and one incident."""

from typing import Any

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
from incidents.web.forms import DeclareForm
from incidents.web.verbs import declare_button

PER_PAGE = 25
HINTS = 200
VIEWS = (("open", "Open"), ("resolved", "Resolved"), ("closed", "Closed"), ("all", "All"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents, newest first, and declaring one."""
    if request.method != "POST":
        return _list(request, DeclareForm())
    form = DeclareForm(request.POST)
    try:
        if not form.is_valid():
            return _list(request, form, status=422)
        found = lifecycle.declare(**form.cleaned_data, actor=actor_of(request), now=timezone.now())
    except ValidationError as wrong:
        form.take(wrong)
        return _list(request, form, status=422)
    messages.success(request, f"Declared {found.ref}.")
    return _to(found.ref)


def _list(request: HttpRequest, form: DeclareForm, *, status: int = 200) -> HttpResponse:
    view = request.GET.get("view", "open")
    if view not in dict(VIEWS):
        raise Http404
    page = queries.page(
        state="" if view == "all" else view,
        newer_than=_key(request.GET.get("newer")),
        older_than=_key(request.GET.get("older")),
        limit=PER_PAGE,
    )
    here = reverse("incidents")
    context = {
        "section": "incidents",
        "incidents": page.rows,
        "view": view,
        "views": [
            {"label": label, "url": f"{here}?view={name}", "current": name == view, "count": None}
            for name, label in VIEWS
        ],
        "pager": {
            "newer_url": f"{here}?view={view}&newer={page.newer_than}" if page.newer_than else "",
            "older_url": f"{here}?view={view}&older={page.older_than}" if page.older_than else "",
            "words": "",
        },
        "declare": declare_button(lifecycle.standing(actor=actor_of(request)), form=form),
        "service_hints": _service_hints(),
    }
    return render(request, "incidents/list.html", context, status=status)


def _to(ref: str) -> HttpResponse:
    """On to the page of an incident, with GET."""
    redirect = HttpResponseRedirect(reverse("incident", args=[ref]))
    redirect.status_code = 303
    return redirect


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _service_hints() -> Any:
    return Service.objects.filter(is_active=True).values_list("slug", flat=True)[:HINTS]

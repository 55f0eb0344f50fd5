"""Policy rules as YAML in the admin: a download, and a page that shows the diff and imports."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from catalog.actors import actor_of
from changes.models import PolicyRule
from changes.rulebook import exchange
from changes.rulebook.policy_file import BYTES_AT_MOST
from ledger.admin.kept import said_by
from ledger.decision import Refused


class ImportForm(forms.Form):
    yaml = forms.CharField(
        label="Policy rules as YAML",
        max_length=BYTES_AT_MOST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}),
    )


def export(request: HttpRequest) -> HttpResponse:
    """Every rule as one file."""
    if not _page().has_view_permission(request):
        raise PermissionDenied
    answer = HttpResponse(exchange.export(), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="policy.yaml"'
    return answer


def take_in(request: HttpRequest) -> HttpResponse:
    """A file to be imported; “Show what would change” saves nothing."""
    if not _page().has_add_permission(request):
        raise PermissionDenied
    form = ImportForm(request.POST or None)
    steps: list[exchange.Step] | None = None
    if request.method == "POST" and form.is_valid():
        dry = "_import" not in request.POST
        steps = _taken(request, form, dry=dry)
        if steps is not None and not dry:
            changed = sum(1 for step in steps if step.did is not exchange.Did.UNCHANGED)
            messages.success(request, f"{changed} of {len(steps)} rules changed.")
            return HttpResponseRedirect(reverse("admin:changes_policyrule_changelist"))
    context = {
        **admin.site.each_context(request),
        "title": "Import policy rules",
        "opts": PolicyRule._meta,
        "media": _page().media,
        "form": form,
        "steps": steps,
    }
    return render(request, "admin/changes/policyrule/import.html", context)


def _taken(request: HttpRequest, form: forms.Form, *, dry: bool) -> list[exchange.Step] | None:
    """The steps, or None with what is wrong in the form."""
    text: str = form.cleaned_data["yaml"]
    try:
        now = timezone.now()
        return exchange.take_in(text, actor=actor_of(request), now=now, dry_run=dry)
    except ValidationError as wrong:
        form.add_error("yaml", wrong.messages)
    except Refused as refused:
        form.add_error(None, said_by(refused))
    return None


def _page() -> Any:
    return admin.site.get_model_admin(PolicyRule)

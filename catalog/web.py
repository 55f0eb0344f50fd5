"""The pages of the catalogue."""

from typing import Final

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.models import Environment, Team
from catalog.queries import services_shown

SHOWN: Final = 200


class CatalogForm(forms.Form):
    """`?service=&team=`"""

    service = forms.CharField(required=False, max_length=120, label="Slug or name")
    team = forms.ModelChoiceField(
        Team.objects.all(), required=False, to_field_name="slug", empty_label="Any"
    )


@login_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Services, who owns them, what they need, and the environments they run in."""
    form = CatalogForm(request.GET, label_suffix="", auto_id="catalog_%s")
    form.full_clean()
    words, team = form.cleaned_data.get("service", ""), form.cleaned_data.get("team")
    services = services_shown(words=words, team=team.slug if team else "", limit=SHOWN + 1)
    context = {
        "section": "catalog",
        "filter_form": form,
        "filtered": bool(words or team or form.errors),
        "services": services[:SHOWN],
        "more": len(services) > SHOWN,
        "environments": Environment.objects.all(),
    }
    return render(request, "catalog/list.html", context, status=422 if form.errors else 200)

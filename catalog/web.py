"""The pages of the catalogue."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.models import Environment
from catalog.queries import services_shown


@login_required
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Services, who owns them, what they need, and the environments they run in."""
    context = {
        "section": "catalog",
        "services": services_shown(),
        "environments": Environment.objects.all(),
    }
    return render(request, "catalog/list.html", context)

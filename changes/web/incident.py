"""The changes around an incident, for the incident's page, which loads them by their address."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from changes.queries.around_incident import around
from incidents import queries as incidents
from incidents.models import Incident


@login_required
@require_safe
def changes_of(request: HttpRequest, ref: str) -> HttpResponse:
    """What answers an incident and what ran before it: a page, or the part a page asks for."""
    try:
        incident = incidents.by_ref(ref.upper())
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident {ref}.") from None
    found = around(incident)
    context = {
        "section": "incidents",
        "incident": incident,
        "answering": found.answering,
        "before": found.before,
    }
    part = request.headers.get("HX-Request") == "true"
    name = "changes/around_incident.html" if part else "changes/for_incident.html"
    response = render(request, name, context)
    response["Vary"] = "HX-Request"
    return response

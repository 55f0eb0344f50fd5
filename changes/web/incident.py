"""To be written."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse


@login_required
def changes_of(request: HttpRequest, ref: str) -> HttpResponse:
    return HttpResponse("soon")

"""Saying by hand that a canary has gone on to its next step."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import deployments
from changes.models import Deployment
from changes.queries import NoSuchChange
from changes.web.detail import change_page, to_page
from changes.web.reader import no_such_change, reader
from ledger.decision import Refused


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, ref: str, percent: int) -> HttpResponse:
    """Take one step, and go back to the change."""
    if request.method != "POST":
        return to_page(ref, at="rollout")
    now = timezone.now()
    given = deployments.Report(str(Deployment.Status.STEP), now, change=ref, percent=percent)
    try:
        deployments.report(given, actor=reader(request), now=now)
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
        return change_page(request, ref=ref, status=422)
    except Refused as refused:
        return change_page(request, ref=ref, refused=refused)
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)
    messages.success(request, f"It is at {percent} %. It is looked at until that has proven.")
    return to_page(ref.upper(), at="rollout")

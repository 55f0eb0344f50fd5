"""Running a check of ours again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import lifecycle
from changes.queries import NoSuchChange
from changes.web.detail import change_page, to_page
from changes.web.reader import no_such_change, reader
from ledger.decision import Refused


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, ref: str) -> HttpResponse:
    """Run one check again, and go back to the change."""
    if request.method != "POST":
        return to_page(ref, at="checks")
    name = request.POST.get("name", "")
    try:
        lifecycle.run_check(ref=ref, name=name, actor=reader(request), now=timezone.now())
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
        return change_page(request, ref=ref, status=422)
    except Refused as refused:
        return change_page(request, ref=ref, refused=refused)
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)
    messages.success(request, f"Running {name}. It is looked at until it has held.")
    return to_page(ref.upper(), at="checks")

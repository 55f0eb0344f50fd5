"""Where requests end badly: Django's error views, and the middleware that words every refusal."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

from config import problems
from ledger.decision import Refused

MAX_BODY_BYTES = 1_000_000
MAX_UPLOAD_BYTES = 3_000_000


class RefusalMiddleware:
    """Refuses what no view should see, and turns exceptions into the page or problem they mean."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = _refused_unread(request) or self.get_response(request)
        if response.status_code >= 400 and problems.speaks_problems(request):
            return _as_problem(response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A view raised: programs get a problem, people who were refused get the reasons."""
        if problems.speaks_problems(request):
            return problems.of_exception(error)
        if isinstance(error, Refused):
            return refused_page(request, error)
        return None


def refused_page(request: HttpRequest, error: Refused) -> HttpResponse:
    """The page that shows a refused Decision: every reason with its remedy."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    status = problems.status_of(error)
    return render(
        request,
        "409.html",
        {
            "verb_label": error.decision.verb.replace("_", " ").capitalize(),
            "ref": error.ref,
            "reasons": error.decision.reasons,
            "back_url": came_from if ours else "",
            "status": status,
        },
        status=status,
    )


def _refused_unread(request: HttpRequest) -> HttpResponse | None:
    """What is refused by its size or its NUL bytes before anything reads it."""
    length = request.META.get("CONTENT_LENGTH") or ""
    is_intake = request.path.startswith(settings.INTAKE_PATHS)
    if length.isdigit() and int(length) > _most_bytes(request) and not is_intake:
        if problems.speaks_problems(request):
            return problems.too_large()
        return render(request, "413.html", status=413)
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        return problems.problem(
            status=411, detail="The body has no Content-Length. Send it in one piece."
        )
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return problems.problem(
            status=422, detail="The address holds a NUL character. Leave it out."
        )
    return None


def _most_bytes(request: HttpRequest) -> int:
    """A form with a file may be larger than other bodies."""
    sends_file = request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data")
    programs = problems.speaks_problems(request)
    return MAX_UPLOAD_BYTES if sends_file and not programs else MAX_BODY_BYTES


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """An error some view answered in its own way, as a problem; its headers stay."""
    if response.headers.get("Content-Type", "").startswith("application/"):
        return response
    kept = {
        name: value
        for name, value in response.headers.items()
        if name.lower() not in {"content-type", "content-length"}
    }
    detail = {405: f"Use one of: {response.headers.get('Allow', '')}."}.get(response.status_code)
    return problems.problem(
        status=response.status_code,
        detail=detail or f"{response.reason_phrase}.",
        headers=kept,
    )


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    if problems.speaks_problems(request):
        return problems.of_exception(exception) or problems.problem(
            status=400, detail="The request is malformed."
        )
    return defaults.bad_request(request, exception)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if problems.speaks_problems(request):
        return problems.of_exception(exception) or problems.problem(
            status=403, detail="You may not do this."
        )
    return defaults.permission_denied(request, exception)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if problems.speaks_problems(request):
        return problems.of_exception(exception) or problems.problem(
            status=404, detail="Nothing is found here."
        )
    return defaults.page_not_found(request, exception)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    if problems.speaks_problems(request):
        return problems.problem(
            status=500, detail="Tidegate failed. Its log has the cause under this request's id."
        )
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    if problems.speaks_problems(request):
        return problems.problem(
            status=403, code="csrf_failed", detail=f"{reason} Send the page's CSRF token."
        )
    words = "This page was open for too long, or was sent from elsewhere. Load it again."
    return render(request, "403.html", {"exception": words}, status=403)

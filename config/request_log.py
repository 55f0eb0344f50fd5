"""One line and one count per request, under an id that the caller may choose."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponseBase

from config import metrics, probes

ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = logging.getLogger("tidegate.request")


class RequestLogMiddleware:
    """Binds `request_id` to every log line of a request, answers it as X-Request-ID, and logs.

    Logged is the route, never a query string, header or body: some carry secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        asked = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = asked if ACCEPTABLE_ID.fullmatch(asked) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        _note(request, response, request_id, seconds=time.perf_counter() - started)
        return response


def _note(
    request: HttpRequest, response: HttpResponseBase, request_id: str, *, seconds: float
) -> None:
    route = _route(request)
    method = request.method if request.method in METHODS else "other"
    metrics.observe(method=method, route=route, status=response.status_code, seconds=seconds)
    if request.path in probes.PATHS or route == "static":
        return
    refs = request.resolver_match.kwargs if request.resolver_match else {}
    if not log.isEnabledFor(logging.INFO):
        return
    record = log.makeRecord(log.name, logging.INFO, __file__, 0, "request", (), None)
    record.fields = {
        "actor": _actor(request),
        "method": method,
        "ms": round(seconds * 1000, 1),
        "request_id": request_id,
        "route": route,
        "status": response.status_code,
        **({"ref": str(refs["ref"])} if "ref" in refs else {}),
    }
    log.handle(record)


def _route(request: HttpRequest) -> str:
    """The pattern of the URL: few values, and no key that a webhook carries in its path."""
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route}"
    return "static" if request.path.startswith("/static/") else "unmatched"


def _actor(request: HttpRequest) -> str | None:
    """The username, where the request has been identified already; asks no database."""
    user = request.__dict__.get("_cached_user") or request.__dict__.get("user")
    return getattr(user, "username", None) or None

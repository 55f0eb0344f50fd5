"""One line and one count per request, under an id that the caller may choose."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from config import logs, metrics, probes

ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = logging.getLogger("tidegate.request")
# What lines have in common: to find it out each time takes longer than to write the line.
_ALIKE = log.makeRecord(log.name, logging.INFO, __file__, 0, "request", (), None).__dict__


class RequestLogMiddleware:
    """Binds `request_id` to every log line of a request, answers it as X-Request-ID, and logs.

    Logged is the route, never a query string, header or body: some carry secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = begin(request.META)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        refs = request.resolver_match.kwargs if request.resolver_match else {}
        note(
            method=request.method or "",
            route=_route(request),
            status=response.status_code,
            seconds=time.perf_counter() - started,
            request_id=request_id,
            actor=_actor(request),
            ref=str(refs.get("ref", "")),
            is_probe=request.path in probes.PATHS,
        )
        return response


def begin(sent: Mapping[str, Any]) -> str:
    """The id of the request that begins; every line logged until the next one carries it."""
    asked = sent.get("HTTP_X_REQUEST_ID")
    request_id = asked if asked and ACCEPTABLE_ID.fullmatch(asked) else token_hex(16)
    logs.request_id.set(request_id)
    return request_id


def note(
    *,
    method: str,
    route: str,
    status: int,
    seconds: float,
    request_id: str,
    actor: str | None,
    ref: str = "",
    is_probe: bool = False,
) -> None:
    """Count a request that has been answered; log it unless it is for static files or probes."""
    method = method if method in METHODS else "other"
    metrics.observe(method=method, route=route, status=status, seconds=seconds)
    if is_probe or route == "static" or not log.isEnabledFor(logging.INFO):
        return
    record = logging.LogRecord.__new__(logging.LogRecord)
    record.__dict__ |= _ALIKE | {"created": time.time()}
    record.fields = {
        "actor": actor,
        "method": method,
        "ms": round(seconds * 1000, 1),
        "request_id": request_id,
        "route": route,
        "status": status,
        **({"ref": ref} if ref else {}),
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

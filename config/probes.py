"""What machines ask about Tidegate itself: /healthz, /readyz, /metrics."""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config import health, metrics
from config.environment import PRODUCTION

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class ProbesFirstMiddleware:
    """Answers probes before anything asks for a host name or TLS: balancers probe by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in PATHS:
            return self.get_response(request)
        request.resolver_match = resolve(request.path_info)
        return request.resolver_match.func(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when Tidegate can serve, 503 with what is wrong when not."""
    found = health.findings(now=timezone.now())
    wrong = [finding for finding in found if not finding.ok]
    return JsonResponse(
        {
            "status": "unready" if wrong else "ready",
            "checks": {finding.name: finding.detail for finding in found},
            "wrong": {finding.name: finding.detail for finding in wrong},
        },
        status=503 if wrong else 200,
    )


@require_safe
@never_cache
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the bearer of METRICS_TOKEN; without one, not in production."""
    demanded = settings.METRICS_TOKEN
    if not demanded and settings.TIDEGATE_ENV == PRODUCTION:
        return HttpResponse("Set METRICS_TOKEN to see this page.\n", status=404)
    shown = request.headers.get("Authorization", "")
    if demanded and not hmac.compare_digest(shown.encode(), f"Bearer {demanded}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

"""The gate's short way, taken before everything that only pages need."""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch, resolve

from changes.api import quick

PATH = "/api/v1/gate"


class QuickGateMiddleware:
    """Answers plain questions to the gate; see Note [Two ways to the gate] in `changes.api.quick`.

    Stands after what every request needs (its log, TLS), before sessions, CSRF, static files and
    so on: with a token there is nothing ambient to protect, and nothing is shown as a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != PATH:
            return self.get_response(request)
        response = quick.answered(request)
        if response is None:
            return self.get_response(request)
        request.resolver_match = _match()  # the log names the route
        return response


@cache
def _match() -> ResolverMatch:
    return resolve(PATH)

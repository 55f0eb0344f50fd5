"""The command-line client, to fetch: open to all, for it holds no secret."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import etag, require_safe

from changes.shown.client import SHA256, SOURCE


def _digest(request: HttpRequest) -> str:
    return f'"{SHA256}"'


@require_safe
@etag(_digest)
def client(request: HttpRequest) -> HttpResponse:
    """The one file."""
    response = HttpResponse(SOURCE, content_type="text/x-python; charset=utf-8")
    patch_cache_control(response, public=True, max_age=300)
    return response


@require_safe
@etag(_digest)
def digest(request: HttpRequest) -> HttpResponse:
    """Its SHA-256, as `sha256sum --check` reads it."""
    response = HttpResponse(f"{SHA256}  tidegate.py\n", content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=300)
    return response

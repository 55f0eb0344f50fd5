"""The API describes itself: the OpenAPI document and a page to read it."""

from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from changes.shown import client


def tell_of_client(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Say in the document's description where the command-line client is, and its digest."""
    result["info"]["description"] += (
        f" Pipelines need no more than [one file]({client.PATH}), the command-line client, whose "
        f"SHA-256 is `{client.SHA256}`."
    )
    return result


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3 document, in YAML or JSON as the caller accepts; open to all."""

    authentication_classes = ()
    schema = None


@method_decorator(
    csp_update({"style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"]}),
    name="dispatch",
)
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI; the only page whose Content-Security-Policy admits inline styles."""

    authentication_classes = ()
    schema = None


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes API tokens."""

    target_class = "catalog.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token: tg_…"}


class BrowserScheme(SessionScheme):
    """How the OpenAPI document describes the session of a signed-in user."""

    target_class = "catalog.authentication.BrowserAuthentication"
    name = "session"

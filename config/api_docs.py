"""The API describes itself: the OpenAPI document and a page to read it."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


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

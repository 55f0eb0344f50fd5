"""Every URL Tidegate answers, on one page."""

from django.contrib import admin
from django.urls import include, path

from changes.api.keys import Keys, SealKeys
from config import api_docs, probes

handler400 = "config.refusals.bad_request"
handler403 = "config.refusals.permission_denied"
handler404 = "config.refusals.page_not_found"
handler500 = "config.refusals.server_error"

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics_page, name="metrics"),
    path("api/schema/", api_docs.SchemaView.as_view(), name="api-schema"),
    path("api/v1/", include("changes.api.urls")),
    path("api/v1/", include("incidents.urls")),
    path("api/v1/", include("incidents.api.update_urls")),
    path(".well-known/jwks.json", Keys.as_view(), name="jwks"),
    path(".well-known/seal-keys.json", SealKeys.as_view(), name="seal-keys"),
    path("api/docs/", api_docs.DocsView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("changes.doors.urls")),
    path("", include("incidents.doors.urls")),
    path("", include("catalog.urls")),
    path("", include("incidents.web.status_urls")),
    path("", include("incidents.page_urls")),
    path("", include("changes.urls")),
    path("admin/", admin.site.urls),
]

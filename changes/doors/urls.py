"""The addresses at which other tools find what they know, by vendor."""

from django.urls import URLPattern, URLResolver, include, path

from changes.doors import hooks, pagerduty
from changes.doors.azure import checks
from changes.doors.servicenow.urls import of_changes

urlpatterns: list[URLPattern | URLResolver] = [
    path("compat/pagerduty/v2/change/enqueue", pagerduty.enqueue, name="pagerduty-change"),
    path("hooks/<slug:source>", hooks.hook, name="hook"),
    path("hooks/<slug:source>/<str:key>", hooks.hook, name="hook-with-key"),
    *of_changes,
    path("compat/jira/", include("changes.doors.jira.urls")),
    path("compat/servicenow/", include("changes.doors.servicenow.urls")),
    path("compat/azure/check", checks.check, name="azure-check"),
    path("compat/azure/callback", checks.callback, name="azure-callback"),
]

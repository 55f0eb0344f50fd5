"""The addresses at which monitoring tools find the servers they know."""

from django.urls import path

from incidents.doors import alertmanager_api, opsgenie_api, pagerduty_events

_AM, _OG = "compat/alertmanager/api/v2", "compat/opsgenie/v2/alerts"
urlpatterns = [
    path(f"{_AM}/alerts", alertmanager_api.alerts, name="alertmanager-alerts"),
    path(f"{_AM}/status", alertmanager_api.status, name="alertmanager-status"),
    path("compat/pagerduty/v2/enqueue", pagerduty_events.enqueue, name="pagerduty-event"),
    path(_OG, opsgenie_api.alerts, name="opsgenie-alerts"),
    path(f"{_OG}/requests/<str:number>", opsgenie_api.asked_before, name="opsgenie-request"),
    path(f"{_OG}/<str:name>", opsgenie_api.one_alert, name="opsgenie-alert"),
    path(f"{_OG}/<str:name>/<slug:verb>", opsgenie_api.act, name="opsgenie-act"),
]

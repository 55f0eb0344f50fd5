"""Addresses of incidents in the API, below /api/v1/."""

from django.urls import path

from incidents import api

urlpatterns = [
    path("incidents", api.Incidents.as_view(), name="api-incidents"),
    path("incidents/<str:ref>", api.OneIncident.as_view(), name="api-incident"),
    path("incidents/<str:ref>/close", api.CloseIncident.as_view(), name="api-incident-close"),
]

"""Addresses of incidents in the API, below /api/v1/."""

from django.urls import path

from incidents.api import error_budgets, incidents

urlpatterns = [
    path("incidents", incidents.Incidents.as_view(), name="api-incidents"),
    path("incidents/<str:ref>", incidents.OneIncident.as_view(), name="api-incident"),
    path("incidents/<str:ref>/close", incidents.CloseIncident.as_view(), name="api-incident-close"),
    path("services/<slug:slug>/error-budgets", error_budgets.ErrorBudgets.as_view()),
    path("services/<slug:slug>/error-budgets/<slug:name>", error_budgets.OneBudget.as_view()),
]

"""Addresses of incidents in the API, below /api/v1/."""

from django.urls import path

from incidents.api import alerts, complaints, error_budgets, incidents, verbs, verification

urlpatterns = [
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:number>", alerts.OneAlert.as_view(), name="api-alert"),
    path("alerts/<int:number>/acknowledge", alerts.AcknowledgeAlert.as_view()),
    path("complaints", complaints.Complaints.as_view(), name="api-complaints"),
    path("incidents", incidents.Incidents.as_view(), name="api-incidents"),
    path("incidents/<str:ref>", incidents.OneIncident.as_view(), name="api-incident"),
    path("incidents/<str:ref>/acknowledge", verbs.AcknowledgeIncident.as_view()),
    path("incidents/<str:ref>/mitigate", verbs.MitigateIncident.as_view()),
    path("incidents/<str:ref>/resolve", verbs.ResolveIncident.as_view()),
    path("incidents/<str:ref>/close", verbs.CloseIncident.as_view(), name="api-incident-close"),
    path("incidents/<str:ref>/reopen", verbs.ReopenIncident.as_view()),
    path("incidents/<str:ref>/verification", verification.Verification.as_view()),
    path("services/<slug:slug>/error-budgets", error_budgets.ErrorBudgets.as_view()),
    path("services/<slug:slug>/error-budgets/<slug:name>", error_budgets.OneBudget.as_view()),
]

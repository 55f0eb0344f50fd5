"""Addresses of incidents in the API, below /api/v1/."""

from django.urls import path

from incidents.api import (
    alerts,
    complaints,
    error_budgets,
    incidents,
    running,
    tasks,
    timeline,
    verbs,
    verification,
)

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
    path("incidents/<str:ref>/postmortem", verification.Postmortem.as_view()),
    path("incidents/<str:ref>/room", running.Room.as_view()),
    path("incidents/<str:ref>/severity", running.Severity.as_view()),
    path("incidents/<str:ref>/measure", running.Measure.as_view()),
    path("incidents/<str:ref>/roles/<slug:role>", running.Role.as_view()),
    path("incidents/<str:ref>/services", running.Services.as_view()),
    path("incidents/<str:ref>/timeline", timeline.Timeline.as_view()),
    path("incidents/<str:ref>/notes", timeline.Notes.as_view()),
    path("incidents/<str:ref>/notes/<int:number>/correct", timeline.Corrections.as_view()),
    path("incidents/<str:ref>/notes/<int:number>/pin", timeline.Pin.as_view()),
    path("incidents/<str:ref>/tasks", tasks.Tasks.as_view()),
    path("incidents/<str:ref>/tasks/<int:number>", tasks.OneTask.as_view()),
    path("incidents/<str:ref>/checklist/<int:item>", tasks.Steps.as_view()),
    path("incidents/<str:ref>/merge", tasks.Merge.as_view()),
    path("incidents/<str:ref>/split", tasks.Split.as_view()),
    path("services/<slug:slug>/error-budgets", error_budgets.ErrorBudgets.as_view()),
    path("services/<slug:slug>/error-budgets/<slug:name>", error_budgets.OneBudget.as_view()),
]

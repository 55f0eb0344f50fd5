"""The addresses of the API of changes, under `/api/v1/`."""

from django.urls import path

from changes.api import changes, decisions, deployments, gate, places, verbs, windows

urlpatterns = [
    path("gate", gate.Gate.as_view()),  # first, for it is asked most
    path("changes", changes.Changes.as_view()),
    path("changes/<str:ref>", changes.OneChange.as_view()),
    *(path(f"changes/<str:ref>/{verb}", verbs.endpoint(verb)) for verb in verbs.VERBS),
    path("changes/<str:ref>/votes", verbs.Votes.as_view()),
    path("changes/<str:ref>/checks", verbs.Checks.as_view()),
    path("changes/<str:ref>/timeline", verbs.Timeline.as_view()),
    path("gate/explain", gate.Explain.as_view()),
    path("gate/decisions", decisions.Decisions.as_view()),
    path("gate/decisions/<uuid:decision_id>", decisions.OneDecision.as_view()),
    path("deployments", deployments.Deployments.as_view()),
    path("windows", windows.Windows.as_view()),
    path("windows/occurrences", windows.Occurrences.as_view()),
    path("windows/<str:ref>", windows.OneWindow.as_view()),
    path("services", places.Services.as_view()),
    path("teams", places.Teams.as_view()),
    path("environments", places.Environments.as_view()),
    path("templates", places.Templates.as_view()),
]

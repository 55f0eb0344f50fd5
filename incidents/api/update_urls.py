"""Addresses of updates in the API, below /api/v1/."""

from django.urls import path

from incidents.api import updates

urlpatterns = [
    path("incidents/<str:ref>/updates", updates.Updates.as_view(), name="api-updates"),
    path("incidents/<str:ref>/updates/draft", updates.UpdateDraft.as_view()),
]

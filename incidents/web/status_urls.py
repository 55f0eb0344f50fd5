"""Addresses of the status page, and of the updates that it shows."""

from django.urls import path

from incidents.web import status, updates

urlpatterns = [
    path("status", status.status, name="status"),
    path("status/subscribe", status.subscribe, name="status-subscribe"),
    path("status/confirm/<str:token>", status.confirm, name="status-confirm"),
    path("status/unsubscribe/<str:token>", status.unsubscribe, name="status-unsubscribe"),
    path("status/<str:name>", status.status, name="status-file"),
    path("incidents/<str:ref>/updates", updates.updates, name="incident-updates"),
]

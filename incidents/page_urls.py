"""Addresses of the pages of incidents."""

from django.urls import path

from incidents.web import pages

urlpatterns = [
    path("incidents/", pages.incidents, name="incidents"),
    path("incidents/<str:ref>", pages.incident, name="incident"),
    path("incidents/<str:ref>/close", pages.close, name="incident-close"),
    path("incidents/<str:ref>/command", pages.command, name="incident-command"),
]

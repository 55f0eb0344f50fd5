"""Addresses of the pages of incidents."""

from django.urls import path

from incidents.web import alerts, complaints, pages

urlpatterns = [
    path("alerts", alerts.alerts, name="alerts"),
    path("alerts/<int:number>", alerts.alert, name="alert"),
    path("alerts/<int:number>/acknowledge", alerts.acknowledge, name="alert-acknowledge"),
    path("report", complaints.report, name="report-problem"),
    path("incidents/", pages.incidents, name="incidents"),
    path("incidents/<str:ref>", pages.incident, name="incident"),
    path("incidents/<str:ref>/command", pages.command, name="incident-command"),
    path("incidents/<str:ref>/<slug:verb>", pages.say, name="incident-say"),
]

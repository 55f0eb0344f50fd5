"""Addresses of the pages of incidents."""

from django.urls import path

from incidents.web import alerts, complaints, pages, room

urlpatterns = [
    path("alerts", alerts.alerts, name="alerts"),
    path("alerts/<int:number>", alerts.alert, name="alert"),
    path("alerts/<int:number>/acknowledge", alerts.acknowledge, name="alert-acknowledge"),
    path("report", complaints.report, name="report-problem"),
    path("incidents/", pages.incidents, name="incidents"),
    path("incidents/<str:ref>", room.incident, name="incident"),
    path("incidents/<str:ref>/now", room.now, name="incident-now"),
    path("incidents/<str:ref>/command", room.command, name="incident-command"),
    path("incidents/<str:ref>/do/<slug:act>", room.act, name="incident-act"),
    path("incidents/<str:ref>/notes/<int:number>", room.correct, name="incident-correct"),
    path("incidents/<str:ref>/<slug:verb>", room.say, name="incident-say"),
]

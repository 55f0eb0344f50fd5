"""The pages of changes."""

from django.urls import path

from changes.web import (
    detail,
    evidence,
    explain,
    export,
    form,
    gate,
    home,
    incident,
    list,
    schedule,
    verbs,
    votes,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("schedule/", schedule.schedule, name="schedule"),
    path("gate/", gate.gate, name="gate"),
    path("gate/explain", explain.explain, name="gate-explain"),
    path("changes/for-incident/<str:ref>", incident.changes_of, name="incident-changes"),
    path("changes/", list.changes, name="changes"),
    path("changes/export.csv", export.rows, name="changes-export"),
    path("changes/new", form.new, name="change-new"),
    path("changes/<str:ref>", detail.detail, name="change"),
    path("changes/<str:ref>/edit", form.edit, name="change-edit"),
    path("changes/<str:ref>/evidence.json", evidence.export, name="change-evidence"),
    path("changes/<str:ref>/vote", votes.cast, name="change-vote"),
    path("changes/<str:ref>/review", verbs.say, {"verb": "review"}, name="change-review"),
    path("changes/<str:ref>/check", verbs.say, {"verb": "check"}, name="change-check"),
    path("changes/<str:ref>/<slug:verb>", verbs.say, name="change-verb"),
]

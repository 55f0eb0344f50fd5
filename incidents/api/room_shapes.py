"""The war room as the API shows it."""

from typing import Any

from rest_framework import serializers

from incidents.models import Incident
from incidents.queries import room
from ledger.decision import rfc3339


class RoleShown(serializers.Serializer):
    role = serializers.CharField()
    person = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class ClockShown(serializers.Serializer):
    """`respond`: by when somebody answers; `update`: by when those affected hear more."""

    kind = serializers.CharField()
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    breached_at = serializers.DateTimeField(allow_null=True)


class IncidentTaskShown(serializers.Serializer):
    number = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.CharField(help_text="open, done or dropped")
    assignee = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ChecklistStepShown(serializers.Serializer):
    item = serializers.IntegerField()
    within_minutes = serializers.IntegerField()
    text = serializers.CharField()
    ticked_at = serializers.DateTimeField(allow_null=True)
    ticked_by = serializers.CharField(allow_null=True)


class DependentShown(serializers.Serializer):
    service = serializers.CharField()
    steps = serializers.IntegerField(help_text="1 needs an affected service itself.")


class RoomShown(serializers.Serializer):
    """Who is on it, what is due, what is to be done, and what it touches."""

    ref = serializers.CharField()
    state = serializers.CharField()
    roles = RoleShown(many=True)
    clocks = ClockShown(many=True)
    tasks = IncidentTaskShown(many=True)
    checklist = ChecklistStepShown(many=True)
    affected_services = serializers.ListField(child=serializers.CharField())
    dependents = DependentShown(many=True)
    related = serializers.ListField(child=serializers.CharField())


def room_of(incident: Incident) -> dict[str, Any]:
    """`RoomShown`."""
    affected = room.affected(incident)
    return {
        "ref": incident.ref,
        "state": incident.state,
        "roles": [
            {
                "role": row.role,
                "person": row.person.username,
                "since": rfc3339(row.since),
                "until": rfc3339(row.until),
            }
            for row in room.roles(incident)
        ],
        "clocks": [
            {
                "kind": row.kind,
                "started_at": rfc3339(row.started_at),
                "due_at": rfc3339(row.due_at),
                "breached_at": rfc3339(row.breached_at),
            }
            for row in room.clocks(incident)
        ],
        "tasks": [task_of(row) for row in room.tasks(incident)],
        "checklist": [
            _step(step) for checklist in room.checklists(incident) for step in checklist.steps
        ],
        "affected_services": [one.slug for one in affected],
        "dependents": [
            {"service": one.slug, "steps": one.hops} for one in room.dependents(affected)
        ],
        "related": [one.ref for one in room.related(incident)],
    }


def task_of(row: Any) -> dict[str, Any]:
    """`IncidentTaskShown`."""
    return {
        "number": row.number,
        "title": row.title,
        "state": row.state,
        "assignee": row.assignee.username if row.assignee else None,
        "ended_at": rfc3339(row.ended_at),
    }


def _step(step: room.Step) -> dict[str, Any]:
    by = step.tick.ticked_by if step.tick else None
    return {
        "item": step.item.pk,
        "within_minutes": step.item.within_minutes,
        "text": step.tick.text if step.tick else step.item.text,
        "ticked_at": rfc3339(step.tick.ticked_at) if step.tick else None,
        "ticked_by": by.username if by else None,
    }

"""When the next update of an incident is due, and how often there is one."""

from datetime import datetime, timedelta

from incidents.models import Incident, IncidentClock, SeverityTarget, Update


def due_at(incident: Incident) -> datetime | None:
    """When the next update is due, as its clock says; None while none runs."""
    running = IncidentClock.objects.filter(
        incident=incident, kind=IncidentClock.Kind.UPDATE, stopped_at=None
    )
    return running.values_list("due_at", flat=True).first()


def every(severity: int) -> timedelta | None:
    """How often those affected hear something; None where no target row says."""
    targets = SeverityTarget.objects.filter(severity=severity)
    return targets.values_list("update_every", flat=True).first()


def last_of(incident: Incident) -> Update | None:
    """What was said last of it."""
    return Update.objects.filter(incident=incident).order_by("-id").first()

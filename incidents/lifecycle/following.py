"""An incident follows its alerts: to an earlier beginning, and to a graver severity.

# Note [What alerts move, and what they leave]
Alerts are told in any order, and trouble grows. An alert of the incident that began before it moves
its onset back, never forward. One that is graver raises its severity, never lowers it: that things
look better is for people to say. Where a person has said how bad it is, by declaring it or by
changing its severity, that stands, and the timeline says once for each severity what it stands
against.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from catalog.models import User
from incidents.lifecycle.asking import locked, record
from incidents.lifecycle.severities import CHANGED, set_severity
from incidents.models import Incident
from ledger import timeline
from ledger.decision import rfc3339

KEPT = "incident.severity_kept"


@dataclass(frozen=True, slots=True)
class Told:
    """What an alert says of the incident that it is part of."""

    title: str
    began_at: datetime
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """Who said how bad it is, when and why."""

    by: str
    at: datetime
    note: str


def follow_alerts(*, ref: str, first: Told, worst: Told | None, now: datetime) -> Incident:
    """Let an incident begin no later than the first of its alerts, and be as grave as the worst.

    See Note [What alerts move, and what they leave].
    """
    with transaction.atomic():
        incident = locked(ref)
        if first.began_at < incident.onset_at:
            _begin_earlier(incident, first, now=now)
        if worst is None or worst.severity is None or worst.severity >= incident.severity:
            return incident
        said = _said_by_hand(incident)
        if said is not None:
            _keep(incident, worst, said, now=now)
            return incident
        reason = f"The alert “{worst.title}” is SEV-{worst.severity}."
        return set_severity(ref=ref, severity=worst.severity, reason=reason, actor=None, now=now)


def _begin_earlier(incident: Incident, first: Told, *, now: datetime) -> None:
    before, incident.onset_at = incident.onset_at, first.began_at
    incident.save(update_fields=["onset_at"])
    told = {
        "onset_at": rfc3339(first.began_at),
        "before": rfc3339(before),
        "alert": first.title,
    }
    record(incident, "incident.onset_moved", actor=None, now=now, told=told)


def _said_by_hand(incident: Incident) -> _Said | None:
    """What a person said last of its severity; robots and Tidegate are no people."""
    people = User.objects.filter(is_robot=False)
    events = timeline.events_of(subject=incident.ref).filter(verb=CHANGED)
    last = events.filter(actor__in=people.values("username")).order_by("-position").first()
    if last is not None:
        return _Said(last.actor, last.at, str(last.data.get("note", "")))
    declared_by = incident.declared_by
    if declared_by is None or declared_by.is_robot:
        return None
    return _Said(declared_by.username, incident.declared_at, "")


def _keep(incident: Incident, worst: Told, said: _Said, *, now: datetime) -> None:
    """Say what the severity stands against, once until somebody says another."""
    events = timeline.events_of(subject=incident.ref).filter(verb=KEPT, at__gte=said.at)
    if events.filter(data__alert_severity__lte=worst.severity, data__by=said.by).exists():
        return
    told = {
        "severity": incident.severity,
        "alert_severity": worst.severity,
        "alert": worst.title,
        "by": said.by,
        "said_at": rfc3339(said.at),
        **({"why": said.note} if said.note else {}),
    }
    record(incident, KEPT, actor=None, now=now, told=told)

"""Declaring an incident.

# Note [Onset]
An incident hurts before anybody says so. `onset_at` is when it began, as far as is known: the
earliest alert's own time, or what a person says; without either, when it was declared. It never
lies after that; alerts that join later may move it back: Note [What alerts move, and what they
leave] in `incidents.lifecycle.following`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Environment, Service, User
from incidents.lifecycle import clocks, severities
from incidents.lifecycle.asking import demand, record, services_named
from incidents.models import AffectedService, Alert, AlertOccurrence, Incident
from ledger.decision import rfc3339


def declare(
    *,
    title: str,
    service: Service,
    severity: int | None = None,
    actor: User | None,
    now: datetime,
    description: str = "",
    environment: Environment | None = None,
    onset_at: datetime | None = None,
    impact: int | None = None,
    urgency: int | None = None,
    affected: Sequence[Service] = (),
    alerts: Sequence[int] = (),
) -> Incident:
    """Open an incident on a service; it began now, unless `onset_at` says since when.

    Its severity is given, or follows from impact and urgency by the matrix; `affected` are other
    services that it touches, `alerts` the keys of alerts that become part of it. Raises
    `ValidationError` for a bad title or severity, or an onset that lies ahead, and `Refused`
    (not_permitted) for an auditor.
    """
    demand("declare", actor=actor)
    if onset_at is not None and onset_at > now:
        raise ValidationError({"onset_at": "This lies ahead: say since when it has been broken."})
    severity = severities.settled(severity, impact=impact, urgency=urgency)
    incident = Incident(
        title=title.strip(),
        description=description.strip(),
        service=service,
        environment=environment,
        severity=severity,
        impact=impact,
        urgency=urgency,
        onset_at=onset_at or now,
        declared_at=now,
        declared_by=actor,
    )
    incident.clean_fields(exclude=["service", "environment", "declared_by"])
    with transaction.atomic():
        incident.save(force_insert=True)
        others = [one for one in dict.fromkeys(affected) if one != service]
        touched = AffectedService.objects.bulk_create(
            AffectedService(incident=incident, service=one, since=now) for one in others
        )
        joined = _join(incident, alerts)
        running = clocks.begin(incident, now=now)
        told = {
            "title": incident.title,
            "service": service.slug,
            "environment": environment.slug if environment else None,
            "severity": severity,
            **({"impact": impact, "urgency": urgency} if impact else {}),
            **({"affected": [one.slug for one in others]} if others else {}),
            **({"alerts": joined} if joined else {}),
            **({"onset_at": rfc3339(onset_at)} if onset_at and onset_at != now else {}),
        }
        record(
            incident,
            "incident.declared",
            actor=actor,
            now=now,
            told=told,
            about=services_named(others),
            beside=[*touched, *running],
        )
    return incident


def _join(incident: Incident, keys: Sequence[int]) -> int:
    """Let alerts that are part of no incident be part of this one; answers how many were."""
    if not keys:
        return 0
    free = Alert.objects.select_for_update().filter(pk__in=keys, incident=None).order_by("pk")
    rows = list(free)
    for row in rows:
        firing = AlertOccurrence.objects.filter(alert=row, word=row.occurrence)
        firing.update(incident=incident)
    return Alert.objects.filter(pk__in=[row.pk for row in rows]).update(incident=incident)

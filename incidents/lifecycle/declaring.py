"""Declaring an incident.

# Note [Onset]
An incident hurts before anybody says so. `onset_at` is when it began, as far as is known: the
earliest alert's own time, or what a person says; without either, when it was declared. It never
lies after that.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Environment, Service, User
from incidents.lifecycle.asking import demand, record
from incidents.models import Incident
from ledger.decision import rfc3339


def declare(
    *,
    title: str,
    service: Service,
    severity: int,
    actor: User | None,
    now: datetime,
    description: str = "",
    environment: Environment | None = None,
    onset_at: datetime | None = None,
) -> Incident:
    """Open an incident on a service; it began now, unless `onset_at` says since when.

    Raises `ValidationError` for a bad title or severity, or an onset that lies ahead, and `Refused`
    (not_permitted) for an auditor.
    """
    demand("declare", actor=actor)
    if onset_at is not None and onset_at > now:
        raise ValidationError({"onset_at": "This lies ahead: say since when it has been broken."})
    incident = Incident(
        title=title.strip(),
        description=description.strip(),
        service=service,
        environment=environment,
        severity=severity,
        onset_at=onset_at or now,
        declared_at=now,
        declared_by=actor,
    )
    incident.clean_fields(exclude=["service", "environment", "declared_by"])
    with transaction.atomic():
        incident.save(force_insert=True)
        told = {
            "title": incident.title,
            "service": service.slug,
            "environment": environment.slug if environment else None,
            "severity": severity,
            **({"onset_at": rfc3339(onset_at)} if onset_at and onset_at != now else {}),
        }
        record(incident, "incident.declared", actor=actor, now=now, told=told)
    return incident

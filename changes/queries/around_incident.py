"""The changes around an incident: those that answer it, and those that ran shortly before."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from changes.models import Change
from incidents.models import Incident

LOOK_BACK = timedelta(hours=72)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Around:
    """Rows with service, environment and author joined."""

    answering: list[Change]
    before: list[Change]


def around(incident: Incident) -> Around:
    """What answers the incident, oldest first, and what may have caused it, latest first.

    May have caused it: what started within `LOOK_BACK` before it was declared, on its service, on
    what that needs, or affecting it. What started later cannot have. Two statements.
    Source: *Site Reliability Engineering* (2016), ch. 1: about 70 % of outages come from changes.
    """
    rows = Change.objects.select_related("service", "environment", "author")
    near = (
        Q(service=incident.service_id)
        | Q(service__needed_by_rows__service=incident.service_id)
        | Q(also_affects=incident.service_id)
    )
    declared = incident.declared_at
    before = rows.filter(
        near, started_at__lte=declared, started_at__gt=declared - LOOK_BACK
    ).exclude(incident=incident)
    if incident.environment_id:
        before = before.filter(environment=incident.environment_id)
    return Around(
        answering=list(rows.filter(incident=incident).order_by("id")[:SHOWN]),
        before=list(before.order_by("-started_at", "-id").distinct()[:SHOWN]),
    )

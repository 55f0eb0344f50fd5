"""Reads of what changes have to do with incidents, and what incidents are held against."""

from django.db.models import Q

from changes.models import IncidentLink

# See Note [What an incident is held against] in `changes.policies.linking`. Fragments of SQL over
# `c`, a change that started, and `i`, an incident.
IS_CLEARED = """
EXISTS (SELECT FROM changes_incidentlink k
    WHERE k.incident_id = i.id AND (k.relation = 'caused'
        OR (k.relation = 'dismissed' AND k.change_id = c.id)))
"""
# The incidents held against `c`, by number and the worst first, as one subquery without its end.
HELD_AGAINST = f"""
SELECT i.id, i.declared_at FROM changes_incidentlink l
JOIN incidents_incident i ON i.id = l.incident_id
WHERE l.change_id = c.id AND l.relation = 'caused' AND i.severity <= %(severity)s
UNION ALL
SELECT i.id, i.declared_at FROM incidents_incident i
WHERE i.service_id = c.service_id AND i.severity <= %(severity)s
    AND i.declared_at > c.started_at AND i.declared_at <= c.started_at + %(follows)s
    AND i.onset_at >= c.started_at
    AND i.id IS DISTINCT FROM c.incident_id
    AND NOT {IS_CLEARED}
"""  # noqa: S608 fragments of ours
_JOINED = ("change__service", "change__environment", "incident__service", "decided_by")


def of_incident(incident: int) -> list[IncidentLink]:
    """What was said of an incident and of those folded into it, causes first. One statement.

    See Note [Folded incidents] in `incidents.lifecycle.folding`.
    """
    family = Q(incident=incident) | Q(incident__folded_into=incident)
    rows = IncidentLink.objects.filter(family).select_related(*_JOINED)
    return list(rows.order_by("question", "-decided_at", "id"))


def of_change(change: int) -> list[IncidentLink]:
    """What was said of a change, newest first. One statement."""
    rows = IncidentLink.objects.filter(change=change).select_related(*_JOINED)
    return list(rows.order_by("-decided_at", "id"))

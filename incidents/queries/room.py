"""What the war room shows of an incident besides its row."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.models import Service
from incidents.models import (
    AffectedService,
    Alert,
    ChecklistItem,
    ChecklistTick,
    Incident,
    IncidentClock,
    IncidentRole,
    IncidentTask,
    PostmortemDuty,
    TimelineNote,
)

HOPS = 3
ALERTS_SHOWN = 30
DEPENDENTS_SHOWN = 40
_DEPENDENTS = """
WITH RECURSIVE needing(id, hops) AS (
    SELECT unnest(%s::bigint[]), 0
    UNION
    SELECT d.service_id, n.hops + 1 FROM catalog_servicedependency d
    JOIN needing n ON d.needs_id = n.id WHERE n.hops < %s
)
SELECT s.id, s.slug, s.name, s.tier, min(n.hops) AS hops FROM needing n
JOIN catalog_service s ON s.id = n.id
GROUP BY s.id HAVING min(n.hops) > 0 ORDER BY min(n.hops), s.tier, s.slug LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Dependent:
    """A service that needs one of those affected, so many steps away."""

    slug: str
    hops: int


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the checklist, and who took it."""

    item: ChecklistItem
    tick: ChecklistTick | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of the first so many minutes."""

    within_minutes: int
    label: str
    steps: list[Step]

    @property
    def left(self) -> int:
        """How many steps nobody has taken."""
        return sum(step.tick is None for step in self.steps)


def roles(incident: Incident) -> list[IncidentRole]:
    """Who had which role, oldest first. One statement."""
    rows = IncidentRole.objects.filter(incident=incident).select_related("person")
    return list(rows.order_by("id"))


def affected(incident: Incident) -> list[Service]:
    """The services it touches, the one it was declared on first. One statement."""
    rows = AffectedService.objects.filter(incident=incident, until=None).select_related("service")
    return [incident.service, *(row.service for row in rows.order_by("id"))]


def dependents(services: Sequence[Service]) -> list[Dependent]:
    """The services that need these, nearest first. One statement."""
    keys = [one.pk for one in services]
    rows = Service.objects.raw(_DEPENDENTS, [keys, HOPS, DEPENDENTS_SHOWN])
    return [Dependent(row.slug, row.hops) for row in rows]  # type: ignore[attr-defined]


def clocks(incident: Incident) -> list[IncidentClock]:
    """The clocks that run, what is due next first. One statement."""
    rows = IncidentClock.objects.filter(incident=incident, stopped_at=None)
    return list(rows.order_by("due_at"))


def postmortem(incident: Incident) -> PostmortemDuty | None:
    """The postmortem it owes or owed. One statement, and none while it is open."""
    if incident.resolved_at is None and incident.closed_at is None:
        return None
    rows = PostmortemDuty.objects.filter(incident=incident)
    return rows.select_related("written_by").first()


def owed_postmortems(*, limit: int) -> list[PostmortemDuty]:
    """Those that nobody has written, what is due first on top. One statement."""
    rows = PostmortemDuty.objects.filter(written_at=None, incident__folded_into=None)
    joined = rows.select_related("incident__service__owner_team", "incident__commander")
    return list(joined.order_by("due_at", "pk")[:limit])


def notes(incident: Incident) -> list[TimelineNote]:
    """What people wrote, oldest first. One statement."""
    rows = TimelineNote.objects.filter(incident=incident)
    return list(rows.select_related("written_by", "correction", "corrects").order_by("number"))


def tasks(incident: Incident) -> list[IncidentTask]:
    """What is to be done, open ones first. One statement."""
    rows = IncidentTask.objects.filter(incident=incident).select_related("assignee", "ended_by")
    return sorted(rows, key=lambda row: (row.state != IncidentTask.State.OPEN, row.number))


def checklists(incident: Incident) -> list[Checklist]:
    """The steps for its severity, and those that were taken before it changed. Two statements."""
    ticks = ChecklistTick.objects.filter(incident=incident, unticked_at=None)
    taken = {row.item_id: row for row in ticks.select_related("ticked_by")}
    wanted = Q(is_active=True) & (
        Q(severities=[]) | Q(severities__contains=[incident.severity])
    ) | Q(pk__in=taken)
    steps = [Step(item, taken.get(item.pk)) for item in ChecklistItem.objects.filter(wanted)]
    found = []
    for within in ChecklistItem.Within:
        mine = [step for step in steps if step.item.within_minutes == within]
        if mine:
            found.append(Checklist(within, within.label, mine))
    return found


def alerts(incident: Incident) -> list[Alert]:
    """Its alerts, those that fire first. One statement."""
    rows = Alert.objects.filter(incident=incident).select_related("service")
    return list(rows.order_by("ended_at", "-started_at", "id")[:ALERTS_SHOWN])


def related(incident: Incident) -> QuerySet[Incident]:
    """What was merged into it or split off, and what it is itself part of or was split from."""
    own = [key for key in (incident.folded_into_id, incident.split_from_id) if key]
    wanted = Q(folded_into=incident) | Q(split_from=incident) | Q(pk__in=own)
    return Incident.objects.filter(wanted).order_by("id")

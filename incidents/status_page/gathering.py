"""Reading what the status page says, in a fixed, small number of statements.

# Note [What the public sees]
Of an incident: when and how badly it hurt which components; its notice's title; its public updates.
Never its own title, description, notes, service, people or ref.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, Q

from incidents.models import Component, Health, Incident, Notice, SetHealth, Update
from incidents.models.component import OF_SEVERITY
from incidents.states import OPEN
from incidents.status_page import health, severities
from incidents.status_page.board import Board, Line, Said, Shown
from incidents.status_page.health import Spell
from incidents.status_page.severities import Severities

_SAID = "said_in_public"
_INCIDENT = ("id", "service_id", "environment_id", "severity", "state", "onset_at", "resolved_at")


def board(*, now: datetime) -> Board:
    """What the page says at an instant. Eight statements."""
    since = health.since(now)
    notices = _notices(since)
    incidents = _incidents(since)
    graded = severities.of([*incidents, *(notice.incident for notice in notices)])
    by_component: dict[int, list[Spell]] = defaultdict(list)
    for notice in notices:
        spells = _published(notice, graded[notice.incident_id])
        for component in notice.components.all():
            by_component[component.pk] += spells
    components = list(
        Component.objects.filter(is_shown=True).prefetch_related(
            "services",
            Prefetch("set_healths", SetHealth.objects.filter(_since("ends_at", since))),
        )
    )
    lines = []
    for component in components:
        spells = [*by_component[component.pk], *_spells(component, incidents, graded)]
        stands = health.at(now, spells)
        days = tuple(health.days(spells, until=now))
        lines.append(Line(component.slug, component.name, component.words, stands, days))
    return Board(
        name=settings.STATUS_PAGE_NAME,
        url=settings.STATUS_PAGE_URL,
        lines=tuple(lines),
        notices=tuple(_shown(notice) for notice in notices),
    )


def _since(column: str, since: datetime) -> Q:
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gt": since})


def _incidents(since: datetime) -> list[Incident]:
    recent = Q(state__in=OPEN) | Q(resolved_at__gt=since)
    rows = Incident.objects.filter(recent)
    return list(rows.only(*_INCIDENT, "closed_at").order_by("id"))


def _published(notice: Notice, graded: Severities) -> list[Spell]:
    """How bad it was, as published: from each public update to the next."""
    ended = _ended(notice)
    said: list[Update] = getattr(notice.incident, _SAID)
    begins = [notice.opened_at, *(one.published_at for one in said[:-1][::-1])]
    begins = [one for one in begins if ended is None or one < ended]
    ends = [*begins[1:], ended]
    return [
        Spell(OF_SEVERITY[graded.at(starts_at)], starts_at, ends_at)
        for starts_at, ends_at in zip(begins, ends, strict=True)
    ]


def _spells(
    component: Component, incidents: Iterable[Incident], graded: Mapping[int, Severities]
) -> list[Spell]:
    said = [
        Spell(Health(one.health), one.starts_at, one.ends_at, is_said=True)
        for one in component.set_healths.all()
    ]
    if not component.follows_incidents:
        return said
    services = {service.pk for service in component.services.all()}
    places = {component.environment_id, None} if component.environment_id else None
    return said + [
        Spell(OF_SEVERITY[severity], starts_at, ends_at)
        for one in incidents
        if one.service_id in services and (places is None or one.environment_id in places)
        for severity, starts_at, ends_at in graded[one.pk].spans(one.onset_at, _end_of(one))
    ]


def _end_of(incident: Incident) -> datetime | None:
    return None if incident.is_open else incident.resolved_at or incident.closed_at


def _ended(notice: Notice) -> datetime | None:
    """When it was said to be over, or was."""
    return notice.resolved_at or _end_of(notice.incident)


def _notices(since: datetime) -> list[Notice]:
    """Those that touch the days shown, the newest first, with what was said in public."""
    public = Update.objects.filter(is_public=True).order_by("-id")
    rows = Notice.objects.filter(_since("resolved_at", since)).select_related("incident")
    said = Prefetch("incident__updates", public, to_attr=_SAID)
    return list(rows.prefetch_related("components", said).order_by("-opened_at", "-id"))


def _shown(notice: Notice) -> Shown:
    updates: list[Update] = getattr(notice.incident, _SAID)
    return Shown(
        number=notice.pk,
        title=notice.title,
        health=Health(notice.health),
        components=tuple(one.name for one in notice.components.all() if one.is_shown),
        opened_at=notice.opened_at,
        resolved_at=_ended(notice),
        said=tuple(
            Said(
                status=one.status,
                label=one.get_status_display(),
                message=one.message,
                at=one.published_at,
                next_at=one.next_update_at,
            )
            for one in updates
        ),
    )

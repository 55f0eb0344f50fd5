"""Drafts: an update as it could be published now, for a person to put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from django.db.models import Q

from incidents.models import Component, Incident, Notice, Update
from incidents.states import State
from incidents.updates import due

_OF_STATE: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.DECLARED: Update.Status.INVESTIGATING,
        State.ACKNOWLEDGED: Update.Status.INVESTIGATING,
        State.MITIGATED: Update.Status.MONITORING,
        State.RESOLVED: Update.Status.RESOLVED,
        State.CLOSED: Update.Status.RESOLVED,
    }
)
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Update.Status.INVESTIGATING: "We are looking into a problem with {what}.",
        Update.Status.IDENTIFIED: "We know what is wrong with {what} and are putting it right.",
        Update.Status.MONITORING: "The problem with {what} is mitigated. We are watching it.",
        Update.Status.RESOLVED: "The problem with {what} is resolved.",
    }
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an update would say; `title` and `components` are those the public reads."""

    status: str
    message: str
    title: str
    components: tuple[str, ...]
    next_update_at: datetime | None


def draft(incident: Incident, *, now: datetime) -> Draft:
    """The update that would be published now."""
    status = status_of(incident)
    components = components_of(incident)
    over = status == Update.Status.RESOLVED
    often = None if over else due.every(incident.severity)
    following = now + often if often else None
    what = named(components)
    message = _WORDS[status].format(what=what)
    if following is not None:
        message += f" Next update by {following.astimezone(UTC):%H:%M} UTC."
    notice = Notice.objects.filter(incident=incident).first()
    return Draft(
        status=status,
        message=message,
        title=notice.title if notice else f"Problem with {what}",
        components=tuple(one.slug for one in components),
        next_update_at=following,
    )


def status_of(incident: Incident) -> str:
    """The status that fits; what was said already is not taken back while the state is the same."""
    fits, last = _OF_STATE[incident.state], due.last_of(incident)
    if fits == Update.Status.INVESTIGATING and last and last.status == Update.Status.IDENTIFIED:
        return Update.Status.IDENTIFIED
    return fits


def components_of(incident: Incident) -> list[Component]:
    """What the public knows of what is broken: as said before, else by its service."""
    notice = Notice.objects.filter(incident=incident).first()
    if notice is not None:
        return list(notice.components.all())
    everywhere = Q(environment__isnull=True)
    here = everywhere | Q(environment=incident.environment_id) if incident.environment_id else None
    rows = Component.objects.filter(services=incident.service, is_shown=True)
    return list(rows.filter(here) if here is not None else rows)


def named(components: Sequence[Component]) -> str:
    """The components in words for customers."""
    names = [one.name for one in components]
    if not names:
        return "one of our services"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

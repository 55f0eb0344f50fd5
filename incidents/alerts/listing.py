"""Alerts as lists show them: what fires first, and a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from incidents.models import Alert

OPEN = (Alert.State.FIRING, Alert.State.ACKNOWLEDGED)
VIEWS = ("firing", "unrouted", "missed", "ended", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty ones do not count."""

    view: str = "firing"
    service: str = ""
    source: str = ""
    severity: int | None = None
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list: an alert's beginning and its number."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, newest firing first; the marks of its ends where something lies beyond."""

    rows: list[Alert]
    newer: Mark | None
    older: Mark | None


def shown() -> QuerySet[Alert]:
    """Alerts with what every page shows of them."""
    joined = ("service", "environment", "incident", "route", "acknowledged_by")
    return Alert.objects.select_related(*joined)


def narrowed(filters: Filters) -> QuerySet[Alert]:
    """The alerts that a list is narrowed to."""
    rows = shown()
    match filters.view:
        case "firing":
            rows = rows.filter(~Q(state=Alert.State.RESOLVED))
        case "unrouted":
            rows = rows.filter(~Q(state=Alert.State.RESOLVED), route=None)
        case "missed":
            over = {"was_over": True, "state": Alert.State.RESOLVED}
            rows = rows.filter(**over, incident__isnull=True)
        case "ended":
            rows = rows.filter(state=Alert.State.RESOLVED)
    if filters.service:
        rows = rows.filter(service__slug=filters.service)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.severity is not None:
        rows = rows.filter(severity=filters.severity)
    if filters.incident is not None:
        rows = rows.filter(incident=filters.incident)
    return rows


def page(
    filters: Filters, *, newer: Mark | None = None, older: Mark | None = None, limit: int
) -> Page:
    """At most `limit` alerts on one side of a mark, or the newest. One statement."""
    rows = narrowed(filters)
    if newer is not None:
        beyond = Q(started_at__gt=newer.at) | Q(started_at=newer.at, pk__gt=newer.number)
        found = list(rows.filter(beyond).order_by("started_at", "id")[: limit + 1])
        part, more_newer, more_older = found[:limit][::-1], len(found) > limit, True
    else:
        if older is not None:
            rows = rows.filter(
                Q(started_at__lt=older.at) | Q(started_at=older.at, pk__lt=older.number)
            )
        found = list(rows.order_by("-started_at", "-id")[: limit + 1])
        part, more_newer, more_older = found[:limit], older is not None, len(found) > limit
    return Page(
        part,
        newer=_mark(part[0]) if part and more_newer else None,
        older=_mark(part[-1]) if part and more_older else None,
    )


def _mark(alert: Alert) -> Mark:
    return Mark(alert.started_at, alert.pk)

"""Which windows a service, an environment and a kind of change are in the scope of."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from catalog.models import Service
from changes import windows
from changes.models import Window
from changes.queries.calendar import rule_of


def active(*, now: datetime) -> list[Window]:
    """Every window that is active and not over. One statement."""
    return list(Window.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), is_active=True))


def in_scope(
    rows: Iterable[Window], *, service: Service, environment: str, kind: str
) -> tuple[windows.Window, ...]:
    """The windows that cover a low-risk change of a kind, read in the owner team's zone.

    `service` has its team joined. This says in Python what `facts_sql` says in SQL, for many places
    at once.
    """
    return tuple(
        rule_of(row, zone=service.owner_team.time_zone)
        for row in rows
        if (not row.services or service.slug in row.services)
        and (not row.teams or service.owner_team.slug in row.teams)
        and (not row.environments or environment in row.environments)
        and (not row.tiers or service.tier in row.tiers)
        and (not row.kinds or kind in row.kinds)
        and not row.categories
        and not (kind == "standard" and row.except_standard_up_to_risk)
    )

"""Which windows a service, an environment and a kind of change are in the scope of."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from catalog.models import Service
from changes import windows
from changes.models import Window
from changes.queries.calendar import rule_of
from changes.queries.listed_times import with_times
from changes.windows import HORIZON, Interval
from changes.windows.scope import Place, covers


def active(*, now: datetime) -> list[Window]:
    """Every window that is active and not over. One statement."""
    rows = Window.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), is_active=True)
    return list(with_times(rows, within=Interval(now, now + 2 * HORIZON)))


def in_scope(
    rows: Iterable[Window], *, service: Service, environment: str, kind: str
) -> tuple[windows.Window, ...]:
    """The windows that cover a low-risk change of a kind, read in the owner team's zone.

    `service` has its team joined.
    """
    place = Place(
        team=service.owner_team.slug,
        service=service.slug,
        environment=environment,
        tier=service.tier,
        kind=kind,
        category="",
        risk="low",
    )
    zone = service.owner_team.time_zone
    return tuple(rule_of(row, zone=zone) for row in rows if covers(row, place))

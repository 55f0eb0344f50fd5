"""What holds production as a whole, as its reader is concerned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from catalog.models import User
from changes import windows
from changes.models import Window
from changes.queries import calendar, scope_sql
from changes.queries.calendar import rule_of
from changes.states import Kind
from changes.windows import Interval
from changes.windows.scope import Place
from incidents.queries import IS_OPEN

PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Holding:
    """An open SEV-1 or SEV-2 that holds a service; `ours` where the reader's team owns it."""

    ref: str
    severity: int
    service: str
    ours: bool


@dataclass(frozen=True, slots=True)
class TideFacts:
    """What the tide is read from. `holding` names the gravest incidents, `held` counts them all."""

    environment: str
    is_open: bool
    windows: tuple[windows.Window, ...]
    holding: tuple[Holding, ...]
    held: int


_PLACE = f"""
WITH mine AS (
    SELECT t.id, t.slug, t.time_zone FROM catalog_membership m
    JOIN catalog_team t ON t.id = m.team_id WHERE m.user_id = %(reader)s
)
SELECT e.name, e."default",
    ARRAY(SELECT slug::text FROM mine),
    ARRAY(SELECT DISTINCT time_zone::text FROM mine),
    ARRAY(SELECT DISTINCT t.time_zone::text
        FROM catalog_team t JOIN catalog_service s ON s.owner_team_id = t.id),
    (SELECT json_agg(h) FROM (
        SELECT i.id, i.severity, s.slug, count(*) OVER () AS held,
            s.owner_team_id IN (SELECT id FROM mine) AS ours
        FROM incidents_incident i JOIN catalog_service s ON s.id = i.service_id
        WHERE {IS_OPEN} AND i.severity <= 2
            AND (i.environment_id IS NULL OR i.environment_id = e.id)
        ORDER BY ours DESC, i.severity, i.id LIMIT 1) h)
FROM catalog_environment e WHERE e.slug = %(environment)s
"""  # noqa: S608 a fragment of ours


def tide_facts(*, reader: User, now: datetime, ahead: timedelta) -> TideFacts | None:
    """What holds production for a normal change until `now + ahead`.

    None where there is no production. Counted are windows of the whole organisation and those of
    the reader's teams; who is in no team reads them in the zone of every team that owns a service.
    Two statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"reader": reader.pk, "environment": PRODUCTION})
        row = cursor.fetchone()
    if row is None:
        return None
    name, default, teams, own_zones, all_zones, held = row
    holding = tuple(
        Holding(f"INC-{one['id']}", one["severity"], one["slug"], one["ours"]) for one in held or ()
    )
    zones = sorted(own_zones or all_zones) or ["UTC"]
    return TideFacts(
        environment=name,
        is_open=default == "open",
        windows=tuple(
            rule_of(window, zone=zone)
            for window in _windows(teams, now=now, ahead=ahead)
            for zone in (zones if window.recurrence and not window.time_zone else ["UTC"])
        ),
        holding=holding,
        held=held[0]["held"] if held else 0,
    )


def _windows(teams: list[str], *, now: datetime, ahead: timedelta) -> list[Window]:
    """Active windows that cover production whole, or all of the reader's teams' part in it."""
    ours = Q(teams=[])
    if teams:
        ours = (ours | Q(teams__overlap=teams)) & ~Q(except_teams__contains=teams)
    return list(
        calendar.touching(Interval(now, now + ahead)).filter(
            ours,
            scope_sql.covering(Place(environment=PRODUCTION, kind=str(Kind.NORMAL))),
            services=[],
            tiers=[],
            categories=[],
        )
    )

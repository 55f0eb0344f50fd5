"""What a window would mean where it stands: its next times by zone, the changes it must hold."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.models import Team
from changes.models import Window
from changes.queries import scope_sql
from changes.queries.calendar import rule_of
from changes.windows import Effect, Interval, Occurrence
from changes.windows.preview import Caution, ToHold, longest, preview, too_short_for
from changes.windows.scope import DIMENSIONS, EXCEPT

ZONES_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Times:
    """The next times a window holds, read in zones (IANA) that agree on them."""

    zones: list[str]
    occurrences: list[Occurrence]


@dataclass(frozen=True, slots=True)
class Shown:
    """A window, saved or not, as it would hold, and what to beware of."""

    times: list[Times]
    cautions: list[Caution]


def shown(row: Window, *, now: datetime) -> Shown:
    """The next ten times of a window, in its own zone or in those of the teams it reaches.

    Two statements at most.
    """
    found: dict[tuple[Interval, ...], Times] = {}
    read = getattr(row, "read", None)
    cautions: dict[Caution, None] = dict.fromkeys(read.cautions if read else ())
    for zone in _zones(row):
        one = preview(rule_of(row, zone=zone), now=now)
        cautions.update(dict.fromkeys(one.cautions))
        if one.occurrences:
            same = tuple(each.interval for each in one.occurrences)
            found.setdefault(same, Times([], list(one.occurrences))).zones.append(zone)
    if row.effect == Effect.MAINTENANCE and found:
        length = max(longest(times.occurrences) for times in found.values())
        cautions.update(dict.fromkeys(too_short_for(_to_hold(row, length, now), length=length)))
    return Shown(list(found.values()), list(cautions))


def _zones(row: Window) -> list[str]:
    if row.time_zone:
        return [row.time_zone]
    if not row.recurrence:
        return [timezone.get_current_timezone_name()]
    teams = Team.objects.filter(slug__in=row.teams) if row.teams else Team.objects.all()
    zones = teams.exclude(slug__in=row.except_teams).order_by("time_zone")
    return list(zones.values_list("time_zone", flat=True).distinct()[:ZONES_AT_MOST]) or ["UTC"]


_LISTS = [prefix + many for prefix in ("", EXCEPT) for many in DIMENSIONS]
_AS_A_ROW = ", ".join(
    f"%({name})s::{'int' if name.endswith('tiers') else 'text'}[] AS {name}" for name in _LISTS
)
_TO_HOLD = f"""
WITH w AS (SELECT {_AS_A_ROW}, %(up_to)s::text AS except_standard_up_to_risk),
held AS (
    SELECT c.id, c.planned_end_at - c.planned_start_at AS length
    FROM changes_change c
    JOIN catalog_service s ON s.id = c.service_id
    JOIN catalog_team t ON t.id = s.owner_team_id
    JOIN catalog_environment e ON e.id = c.environment_id
    CROSS JOIN w
    WHERE c.state IN ('planning', 'awaiting_approval', 'scheduled')
        AND c.planned_end_at > %(now)s AND {scope_sql.covers("w", **scope_sql.OF_CHANGE)}
)
SELECT count(*), count(*) FILTER (WHERE length > %(longest)s),
    (SELECT json_build_array(id, extract(epoch FROM length)) FROM held
        ORDER BY length DESC, id LIMIT 1)
FROM held
"""  # noqa: S608 conditions of our own


def _to_hold(row: Window, length: timedelta, now: datetime) -> ToHold:
    """The open changes a window covers; one statement."""
    values: dict[str, Any] = {name: list(getattr(row, name)) for name in _LISTS}
    values |= {"up_to": row.except_standard_up_to_risk, "now": now, "longest": length}
    with connection.cursor() as cursor:
        cursor.execute(_TO_HOLD, values)
        changes, longer, first = cursor.fetchone()
    number, seconds = first or (0, 0)
    return ToHold(changes, longer, f"CHG-{number}", timedelta(seconds=seconds))

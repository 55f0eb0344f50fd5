"""How much of what is deployed had leave: for each service, each team and each week.

# Note [What coverage counts]
Counted are deployments, not who told of them. Those that wait for their grace to end, or whose
place nobody has mapped, are told beside and are in no share. A service of which nothing was seen
has no share at all: that nobody tells of it is no proof that nothing is deployed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

ROWS_AT_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, from `since` to before `until`; of one team where its slug is named.

    `zone` says in which time zone weeks begin.
    """

    since: datetime
    until: datetime
    team: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Counted:
    """Deployments that were seen, by what leave there was for them."""

    by_permit: int = 0
    by_change: int = 0
    unauthorised: int = 0
    waiting: int = 0

    @property
    def seen(self) -> int:
        return self.by_permit + self.by_change + self.unauthorised + self.waiting

    @property
    def percent(self) -> float | None:
        """The share that had leave, rounded down to a tenth: 100 is only said of all.

        None where nothing was judged.
        """
        judged = self.seen - self.waiting
        if not judged:
            return None
        return (1000 * (self.by_permit + self.by_change) // judged) / 10


@dataclass(frozen=True, slots=True)
class OfService:
    """One service, by slug and name, with the slug of its owner team."""

    service: str
    name: str
    team: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class Coverage:
    """Services with the most unauthorised deployments first, those of which nothing was seen last.

    `services_at_most` tells that there are more. `quiet` counts the active services of which
    nothing was seen, `unmapped` the deployments whose place stands for no service here.
    """

    services: Sequence[OfService]
    total: Counted
    teams: Mapping[str, Counted]
    weeks: Mapping[date, Counted]
    quiet: int
    unmapped: int
    full: bool


_COUNTS = """
    count(*) FILTER (WHERE d.by = 'permit'), count(*) FILTER (WHERE d.by = 'change'),
    count(*) FILTER (WHERE d.state = 'unauthorised'), count(*) FILTER (WHERE d.state = 'waiting')
"""
_IN_TIME = "d.at >= %(since)s AND d.at < %(until)s"
_OF_TEAM = "(%(team)s = '' OR t.slug = %(team)s)"
_SERVICES = f"""
WITH counted(service_id, by_permit, by_change, unauthorised, waiting) AS (
    SELECT d.service_id, {_COUNTS} FROM changes_seendeployment d
    WHERE {_IN_TIME} AND d.service_id IS NOT NULL GROUP BY d.service_id
)
SELECT s.slug, s.name, t.slug, coalesce(by_permit, 0), coalesce(by_change, 0),
    coalesce(unauthorised, 0), coalesce(waiting, 0),
    count(*) FILTER (WHERE k.service_id IS NULL) OVER ()
FROM catalog_service s JOIN catalog_team t ON t.id = s.owner_team_id
LEFT JOIN counted k ON k.service_id = s.id
WHERE (s.is_active OR k.service_id IS NOT NULL) AND {_OF_TEAM}
ORDER BY coalesce(unauthorised, 0) DESC,
    coalesce(by_permit, 0) + coalesce(by_change, 0) + coalesce(waiting, 0) DESC, s.slug
LIMIT %(most)s
"""  # noqa: S608 fragments of our own
_SUMS = f"""
SELECT x.team, x.week, {_COUNTS} FROM (
    SELECT t.slug AS team, date_trunc('week', d.at AT TIME ZONE %(zone)s)::date AS week,
        d.by, d.state
    FROM changes_seendeployment d
    JOIN catalog_service s ON s.id = d.service_id JOIN catalog_team t ON t.id = s.owner_team_id
    WHERE {_IN_TIME} AND {_OF_TEAM}) x(team, week, by, state)
    CROSS JOIN LATERAL (SELECT x.by, x.state) d(by, state)
GROUP BY GROUPING SETS ((), (x.team), (x.week))
ORDER BY x.team, x.week
"""  # noqa: S608 fragments of our own
_UNMAPPED = f"""
SELECT count(*) FROM changes_seendeployment d WHERE {_IN_TIME} AND d.state = 'unmapped'
"""  # noqa: S608 fragments of our own


def coverage(asked: Asked, *, limit: int = ROWS_AT_MOST) -> Coverage:
    """How much of a period's deployments had leave, with at most `limit` services.

    Three statements, however many deployments there are.
    """
    rows = _fetched(_SERVICES, asked, most=limit + 1)
    services = [_of_service(*row) for row in rows[:limit]]
    total, teams, weeks = Counted(), {}, {}
    for team, week, *counts in _fetched(_SUMS, asked):
        if team is not None:
            teams[team] = Counted(*counts)
        elif week is not None:
            weeks[week] = Counted(*counts)
        else:
            total = Counted(*counts)
    ((unmapped,),) = _fetched(_UNMAPPED, asked)
    return Coverage(
        services,
        total=total,
        teams=teams,
        weeks=weeks,
        quiet=rows[0][7] if rows else 0,
        unmapped=unmapped,
        full=len(rows) > limit,
    )


def _of_service(
    service: str, name: str, team: str, permit: int, change: int, none: int, waiting: int, *_: int
) -> OfService:
    """From the columns of the statement."""
    return OfService(service, name, team, Counted(permit, change, none, waiting))


def _fetched(sql: str, asked: Asked, **more: Any) -> list[tuple[Any, ...]]:
    given = {
        "since": asked.since,
        "until": asked.until,
        "team": asked.team,
        "zone": asked.zone,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())

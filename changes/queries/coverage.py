"""How much of what is deployed had leave: for each service, each team and each week.

# Note [What coverage counts]
Counted are deployments, not who told of them. Those that wait for their grace to end, or whose
place nobody has mapped, are told beside and are in no share. A service of which nothing was seen
has no share at all: that nobody tells of it is no proof that nothing is deployed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from changes.queries.seen_days import COUNTED, parted

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


_OF_TEAM = "(%(team)s = '' OR t.slug = %(team)s)"
_SUMMED = """
    coalesce(sum(k.by_permit), 0)::bigint, coalesce(sum(k.by_change), 0)::bigint,
    coalesce(sum(k.unauthorised), 0)::bigint, coalesce(sum(k.waiting), 0)::bigint
"""
_COVERAGE = f"""
WITH counted AS MATERIALIZED ({COUNTED}),
of_service(service_id, by_permit, by_change, unauthorised, waiting) AS (
    SELECT k.service_id, {_SUMMED} FROM counted k WHERE k.service_id IS NOT NULL GROUP BY 1
),
services AS (
    SELECT json_build_array(s.slug, s.name, t.slug, coalesce(by_permit, 0), coalesce(by_change, 0),
        coalesce(unauthorised, 0), coalesce(waiting, 0),
        count(*) FILTER (WHERE k.service_id IS NULL) OVER ()) AS told
    FROM catalog_service s JOIN catalog_team t ON t.id = s.owner_team_id
    LEFT JOIN of_service k ON k.service_id = s.id
    WHERE (s.is_active OR k.service_id IS NOT NULL) AND {_OF_TEAM}
    ORDER BY coalesce(unauthorised, 0) DESC,
        coalesce(by_permit, 0) + coalesce(by_change, 0) + coalesce(waiting, 0) DESC, s.slug
    LIMIT %(most)s
),
sums(team, week, by_permit, by_change, unauthorised, waiting) AS (
    SELECT t.slug, k.week, {_SUMMED}
    FROM counted k
    JOIN catalog_service s ON s.id = k.service_id JOIN catalog_team t ON t.id = s.owner_team_id
    WHERE {_OF_TEAM}
    GROUP BY GROUPING SETS ((), (t.slug), (k.week))
    ORDER BY t.slug, k.week
)
SELECT (SELECT json_agg(told) FROM services),
    (SELECT json_agg(json_build_array(
        team, week, by_permit, by_change, unauthorised, waiting)) FROM sums),
    (SELECT coalesce(sum(k.unmapped), 0)::bigint FROM counted k)
"""  # noqa: S608 fragments of our own


def coverage(asked: Asked, *, limit: int = ROWS_AT_MOST) -> Coverage:
    """How much of a period's deployments had leave, with at most `limit` services.

    Two statements, however many deployments there are; of days that are over they look at counts.
    """
    parts = parted(asked.since, asked.until, zone=asked.zone)
    given = {**asdict(parts), "team": asked.team, "most": limit + 1}
    with connection.cursor() as cursor:
        cursor.execute(_COVERAGE, given)
        services, sums, unmapped = map(_read, cursor.fetchone())
    rows = services or []
    total, teams, weeks = Counted(), {}, {}
    for team, week, *counts in sums or ():
        if team is not None:
            teams[team] = Counted(*counts)
        elif week is not None:
            weeks[date.fromisoformat(week)] = Counted(*counts)
        else:
            total = Counted(*counts)
    return Coverage(
        [_of_service(*row) for row in rows[:limit]],
        total=total,
        teams=teams,
        weeks=weeks,
        quiet=rows[0][7] if rows else 0,
        unmapped=unmapped,
        full=len(rows) > limit,
    )


def _read(told: Any) -> Any:
    """JSON comes as text over Django's cursors."""
    return json.loads(told) if isinstance(told, str) else told


def _of_service(
    service: str, name: str, team: str, permit: int, change: int, none: int, waiting: int, *_: int
) -> OfService:
    """From the columns of the statement."""
    return OfService(service, name, team, Counted(permit, change, none, waiting))

"""How often the ranking of suspects was right, by what people confirmed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from changes.policies.suspecting import VERSION

# The place is that of the confirmed cause when it was confirmed. Of several causes of an incident
# the best counts; a cause that was no suspect has none.
_BY_VERSION = """
SELECT version, count(*), count(*) FILTER (WHERE place = 1), count(*) FILTER (WHERE place <= 3),
    count(*) FILTER (WHERE place IS NULL)
FROM (
    SELECT l.weighed ->> 'version' AS version, min((l.weighed ->> 'place')::int) AS place
    FROM changes_incidentlink l
    WHERE l.relation = 'caused' AND l.decided_at >= %(since)s AND l.decided_at < %(until)s
    GROUP BY l.incident_id, l.weighed ->> 'version'
) best
GROUP BY version ORDER BY length(version) DESC NULLS LAST, version DESC
"""
_CONFIRMED = """
SELECT l.incident_id, i.title, l.change_id, (l.weighed ->> 'place')::int,
    (l.weighed ->> 'of')::int, (l.weighed ->> 'score')::float, l.weighed ->> 'version',
    l.decided_at, coalesce(u.username, 'Tidegate')
FROM changes_incidentlink l
JOIN incidents_incident i ON i.id = l.incident_id
LEFT JOIN catalog_user u ON u.id = l.decided_by_id
WHERE l.relation = 'caused' AND l.decided_at >= %(since)s AND l.decided_at < %(until)s
ORDER BY l.decided_at DESC, l.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Precision:
    """Incidents with a confirmed cause, and at how many it stood first, or among the first three.

    The shares are None where nothing was confirmed.
    """

    incidents: int
    first: int
    among_three: int

    @property
    def at_1(self) -> float | None:
        return round(self.first / self.incidents, 4) if self.incidents else None

    @property
    def at_3(self) -> float | None:
        return round(self.among_three / self.incidents, 4) if self.incidents else None


@dataclass(frozen=True, slots=True)
class OfVersion:
    """What one version of the arithmetic came to; empty where none had ranked the cause.

    `missed` are the incidents whose cause was no suspect.
    """

    version: str
    precision: Precision
    missed: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A cause that was confirmed, and its place among the suspects then, None where it had none."""

    incident: str
    title: str
    change: str
    place: int | None
    of: int | None
    score: float | None
    version: str
    decided_at: datetime
    decider: str


def by_version(*, since: datetime, until: datetime) -> list[OfVersion]:
    """Of causes that were confirmed in the period, the newest version first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_VERSION, {"since": since, "until": until})
        return [
            OfVersion(version or "", Precision(many, first, three), missed)
            for version, many, first, three, missed in cursor.fetchall()
        ]


def of_period(*, since: datetime, until: datetime) -> Precision:
    """What the arithmetic of today came to in the period. One statement."""
    counted = {one.version: one.precision for one in by_version(since=since, until=until)}
    return counted.get(VERSION, Precision(0, 0, 0))


def confirmed(*, since: datetime, until: datetime, limit: int) -> list[Confirmed]:
    """The causes that were confirmed in the period, the newest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRMED, {"since": since, "until": until, "limit": limit})
        return [
            Confirmed(
                f"INC-{incident}", title, f"CHG-{change}", place, of, score, version or "", at, who
            )
            for incident, title, change, place, of, score, version, at, who in cursor.fetchall()
        ]

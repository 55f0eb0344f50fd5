"""How often the ranking of suspects was right, by what people confirmed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from changes.policies.suspecting import VERSION

# The place is that of the confirmed cause when it was confirmed; of several, the best.
_COUNTED = """
SELECT count(*), count(*) FILTER (WHERE place = 1), count(*) FILTER (WHERE place <= 3)
FROM (
    SELECT min((l.weighed ->> 'place')::int) AS place FROM changes_incidentlink l
    WHERE l.relation = 'caused' AND l.decided_at >= %(since)s AND l.decided_at < %(until)s
        AND l.weighed ->> 'version' = %(version)s
    GROUP BY l.incident_id
) best
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


def of_period(*, since: datetime, until: datetime) -> Precision:
    """Of causes that were confirmed in the period. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"since": since, "until": until, "version": VERSION})
        return Precision(*cursor.fetchone())

"""The changes that may have caused an incident, gathered in one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from changes.models.choices import OutcomeWord, StateWord
from changes.policies.suspecting import LOOK_BACK, Candidate

LONGEST: Final = timedelta(days=30)
"""How long a change may have run and still be found by its start."""
NEAR_AT_MOST: Final = 300
ELSEWHERE_AT_MOST: Final = 200
HISTORY: Final = timedelta(days=365)

# `near` are the services that broke and what they need, two steps far; `reach` tells which alerting
# services stand on a service, four steps far: those whose alerts the incident has, or else what
# broke. A change is found by its service, by what it also
# affects, or by its environment alone; the latest come first where there are more than we weigh.
_FOUND = """
WITH RECURSIVE broke AS MATERIALIZED (
    SELECT %(service)s::bigint AS id
    UNION
    SELECT service_id FROM incidents_affectedservice WHERE incident_id = %(incident)s
), raised AS MATERIALIZED (
    SELECT a.service_id AS id FROM incidents_alert a
    WHERE a.incident_id = %(incident)s AND a.service_id IS NOT NULL
    UNION
    SELECT a.service_id FROM incidents_alertoccurrence o
    JOIN incidents_alert a ON a.id = o.alert_id
    WHERE o.incident_id = %(incident)s AND a.service_id IS NOT NULL
), alerting AS MATERIALIZED (
    SELECT id FROM raised
    UNION SELECT id FROM broke WHERE NOT EXISTS (SELECT FROM raised)
), needs(id, hops) AS (
    SELECT id, 0 FROM broke
    UNION
    SELECT d.needs_id, n.hops + 1 FROM needs n
    JOIN catalog_servicedependency d ON d.service_id = n.id WHERE n.hops < 2
), near AS MATERIALIZED (
    SELECT id, min(hops) AS hops FROM needs GROUP BY id
), stands(alerting, id, hops) AS (
    SELECT id, id, 0 FROM alerting
    UNION
    SELECT s.alerting, d.needs_id, s.hops + 1 FROM stands s
    CROSS JOIN LATERAL (SELECT needs_id FROM catalog_servicedependency
        WHERE service_id = s.id OFFSET 0) d  -- by its index, however many the planner expects
    WHERE s.hops < 4
), reach AS MATERIALIZED (
    SELECT DISTINCT alerting, id FROM stands
), close AS (
    SELECT id, min(hops) AS hops, max(started_at) AS started_at FROM (
        SELECT c.id, c.started_at, n.hops FROM near n
        JOIN changes_change c ON c.service_id = n.id AND c.started_at > %(earliest)s
            AND c.started_at <= %(until)s
        WHERE {lasted}
        UNION ALL
        SELECT c.id, c.started_at, n.hops FROM near n
        CROSS JOIN LATERAL (SELECT change_id FROM changes_change_also_affects
            WHERE service_id = n.id OFFSET 0) a  -- as above
        JOIN changes_change c ON c.id = a.change_id AND c.started_at > %(earliest)s
            AND c.started_at <= %(until)s
        WHERE {lasted}
    ) ways GROUP BY id ORDER BY max(started_at) DESC, id DESC LIMIT %(near_at_most)s
), elsewhere AS (
    SELECT c.id FROM changes_change c
    WHERE c.environment_id = %(environment)s::bigint
        AND c.started_at > %(since)s AND c.started_at <= %(onset)s
    ORDER BY c.started_at DESC, c.id DESC LIMIT %(elsewhere_at_most)s
), found AS (
    SELECT id FROM close UNION SELECT id FROM elsewhere UNION SELECT %(named)s::bigint
), causes AS MATERIALIZED (
    SELECT k.service_id, k.template_id FROM changes_incidentlink l
    JOIN changes_change k ON k.id = l.change_id
    WHERE l.relation = 'caused' AND l.decided_at < %(onset)s AND l.decided_at >= %(year)s
), by_template AS MATERIALIZED (
    SELECT template_id AS id, count(*) AS many FROM causes GROUP BY template_id
), by_service AS MATERIALIZED (
    SELECT service_id AS id, count(*) AS many FROM causes GROUP BY service_id
)
SELECT c.id, c.started_at,
    CASE WHEN c.rolled_back_at <= %(onset)s THEN c.rolled_back_at ELSE c.finished_at END,
    c.category, s.slug, close.hops,
    c.environment_id = %(environment)s::bigint,
    (SELECT count(DISTINCT r.alerting) FROM reach r WHERE r.id = c.service_id OR r.id IN (
        SELECT a.service_id FROM changes_change_also_affects a WHERE a.change_id = c.id)),
    (SELECT count(*) FROM alerting), c.risk_score, coalesce(t.slug, s.slug),
    coalesce(CASE WHEN c.template_id IS NULL THEN h.many ELSE g.many END, 0),
    coalesce(b.closed, 0), c.title, e.slug, c.state, c.outcome, w.slug
FROM found f
JOIN changes_change c ON c.id = f.id
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_environment e ON e.id = c.environment_id
JOIN catalog_team w ON w.id = c.team_id
LEFT JOIN close ON close.id = c.id
LEFT JOIN changes_template t ON t.id = c.template_id
LEFT JOIN by_template g ON g.id = c.template_id
LEFT JOIN by_service h ON h.id = c.service_id
LEFT JOIN changes_trackrecord b
    ON b.subject = coalesce('template:' || c.template_id, 'service:' || c.service_id)
WHERE c.started_at IS NOT NULL AND c.incident_id IS DISTINCT FROM %(incident)s
ORDER BY c.id
""".replace(
    "{lasted}",
    """(%(environment)s::bigint IS NULL OR c.environment_id = %(environment)s::bigint)
            AND (c.started_at > %(since)s OR c.finished_at IS NULL OR c.finished_at > %(since)s)""",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An incident as the search needs it.

    `service` is the one it was declared on; without an environment all are looked at. What
    started after `onset`, up to `until`, is found too, for it is shown apart. `named` is a change
    that is wanted even where nothing leads to it.
    """

    incident: int
    service: int
    environment: int | None
    onset: datetime
    until: datetime
    named: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What people want to read of a change beside the arithmetic."""

    title: str
    environment: str
    state: str
    outcome: str
    team: str

    @property
    def standing(self) -> str:
        """`Closed, rolled back`."""
        said = str(StateWord(self.state).label)
        return f"{said}, {OutcomeWord(self.outcome).label.lower()}" if self.outcome else said


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate, and what is shown of it."""

    candidate: Candidate
    shown: Shown


def candidates(asked: Asked) -> list[Found]:
    """Changes in flight or finished in the hours before an incident, and those just after.

    One statement. Answers to the incident itself are left out.
    """
    since = asked.onset - LOOK_BACK
    given: dict[str, Any] = {
        "incident": asked.incident,
        "service": asked.service,
        "environment": asked.environment,
        "onset": asked.onset,
        "until": max(asked.until, asked.onset),
        "since": since,
        "earliest": asked.onset - LONGEST,
        "year": asked.onset - HISTORY,
        "named": asked.named,
        "near_at_most": NEAR_AT_MOST,
        "elsewhere_at_most": ELSEWHERE_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, given)
        return [_read(row) for row in cursor.fetchall()]


def _read(row: tuple[Any, ...]) -> Found:
    *told, title, environment, state, outcome, team = row
    told[6] = bool(told[6])
    return Found(Candidate(*told), Shown(title, environment, state, outcome, team))

"""Counting how changes went, so that the risk of the next one is a look-up.

# Note [Counting by day]
Days are counted, and a year is the sum of its days. Each count takes the last few days anew: a
closing that committed late, and an incident declared a day after a change, are found that way, and
a count that is done twice says the same. It does so, too, with the days of changes that were lately
said to have caused an incident or not, and of those that this clears. Only the subjects of those
days, and of the day that left the year, are summed up again. `rebuild` counts every day from the
changes themselves.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from changes.models import TrackRecordCount
from changes.policies.linking import FOLLOWS_WITHIN
from changes.policies.periods import GATING_SEVERITY
from changes.queries.incident_links import HELD_AGAINST
from changes.states import UNSUCCESSFUL

YEAR = timedelta(days=365)
AGAIN = timedelta(days=3)

_DAYS = f"""
INSERT INTO changes_trackrecordday (subject, day, closed, failed, followed)
SELECT s.subject, c.day, count(*), count(*) FILTER (WHERE c.wrong),
    count(*) FILTER (WHERE c.followed)
FROM (
    SELECT (c.ended_at AT TIME ZONE 'UTC')::date AS day, c.service_id, c.category, c.template_id,
        c.outcome = ANY(%(wrong)s) AS wrong, EXISTS ({HELD_AGAINST}) AS followed
    FROM changes_change c WHERE c.state = 'closed' AND c.ended_at >= %(since)s
    UNION ALL
    SELECT (c.ended_at AT TIME ZONE 'UTC')::date AS day, c.service_id, c.category, c.template_id,
        c.outcome = ANY(%(wrong)s) AS wrong, EXISTS ({HELD_AGAINST}) AS followed
    FROM unnest(%(days)s::date[]) d(day)
    JOIN changes_change c ON c.ended_at >= d.day::timestamp AT TIME ZONE 'UTC'
        AND c.ended_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
    WHERE c.state = 'closed'
) c
CROSS JOIN LATERAL (VALUES ('organisation'), ('service:' || c.service_id),
    ('category:' || c.category), ('template:' || c.template_id)) s(subject)
WHERE s.subject IS NOT NULL
GROUP BY s.subject, c.day
RETURNING subject
"""  # noqa: S608 fragments of ours
_GONE = """
DELETE FROM changes_trackrecordday
WHERE day >= %(again)s OR day < %(first)s OR day = ANY(%(days)s) RETURNING subject
"""
# The days before `again` whose count what was said of incidents lately may have changed.
_SAID_OF = """
SELECT DISTINCT (c.ended_at AT TIME ZONE 'UTC')::date FROM changes_incidentlink l
JOIN incidents_incident i ON i.id = l.incident_id
JOIN changes_change c ON c.id = l.change_id
    OR (c.service_id = i.service_id AND c.started_at < i.declared_at
        AND c.started_at >= i.declared_at - %(follows)s)
WHERE l.decided_at >= %(said_since)s AND c.state = 'closed'
    AND c.ended_at >= %(first)s AND c.ended_at < %(since)s
"""
_EMPTY = """
DELETE FROM changes_trackrecord t WHERE t.subject = ANY(%(touched)s)
    AND NOT EXISTS (SELECT 1 FROM changes_trackrecordday d WHERE d.subject = t.subject)
"""
_YEAR = """
INSERT INTO changes_trackrecord AS t (subject, closed, failed, followed)
SELECT d.subject, sum(d.closed), sum(d.failed), sum(d.followed)
FROM changes_trackrecordday d WHERE d.subject = ANY(%(touched)s) GROUP BY d.subject
ON CONFLICT (subject) DO UPDATE
SET closed = excluded.closed, failed = excluded.failed, followed = excluded.followed
WHERE (t.closed, t.failed, t.followed)
    IS DISTINCT FROM (excluded.closed, excluded.failed, excluded.followed)
"""


@transaction.atomic
def count(*, now: datetime) -> int | None:
    """Bring the year up to `now`; answers how many subjects were summed up.

    The first time all days are counted. None, and nothing done, while another process counts.
    """
    TrackRecordCount.objects.get_or_create(pk=1)
    row = TrackRecordCount.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if row is None:
        return None
    return _count(row, since=row.counted_at - AGAIN if row.counted_at else None, now=now)


@transaction.atomic
def rebuild(*, now: datetime) -> int:
    """Count every day of the year anew; answers how many subjects there are. Waits for others."""
    TrackRecordCount.objects.get_or_create(pk=1)
    row = TrackRecordCount.objects.select_for_update().get(pk=1)
    return _count(row, since=None, now=now)


def _count(row: TrackRecordCount, *, since: datetime | None, now: datetime) -> int:
    first = _day(now - YEAR)
    again = max(first, _day(since)) if since else date.min
    given: dict[str, Any] = {
        "first": first,
        "again": again,
        "since": datetime.combine(max(first, again), datetime.min.time(), UTC),
        "wrong": [str(outcome) for outcome in UNSUCCESSFUL],
        "severity": GATING_SEVERITY,
        "follows": FOLLOWS_WITHIN,
        "said_since": since,
        "days": [],
    }
    with connection.cursor() as cursor:
        if since is not None:
            cursor.execute(_SAID_OF, given)
            given["days"] = [day for (day,) in cursor.fetchall()]
        touched: set[str] = set()
        for statement in (_GONE, _DAYS):
            cursor.execute(statement, given)
            touched.update(subject for (subject,) in cursor.fetchall())
        for statement in (_EMPTY, _YEAR):
            cursor.execute(statement, {"touched": sorted(touched)})
    row.counted_at = now
    row.save(update_fields=["counted_at"])
    return len(touched)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()

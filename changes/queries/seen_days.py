"""A period of deployments, parted into days whose counts are kept and what is counted one by one.

See Note [Counted days] in `changes.sightings.counting`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

DAY = timedelta(days=1)
_KEPT = """
SELECT d.day FROM changes_seenday d WHERE d.day >= %(first)s::date AND d.day < %(last)s::date
    AND NOT EXISTS (SELECT FROM changes_seenmark m WHERE m.day = d.day)
"""


def counted(since: str, until: str) -> str:
    """A SELECT of what was deployed in a period by the rows: service_id, and five counts."""
    return f"""
        SELECT d.service_id, count(*) FILTER (WHERE d.by = 'permit') AS by_permit,
            count(*) FILTER (WHERE d.by = 'change') AS by_change,
            count(*) FILTER (WHERE d.state = 'unauthorised') AS unauthorised,
            count(*) FILTER (WHERE d.state = 'waiting') AS waiting,
            count(*) FILTER (WHERE d.state = 'unmapped') AS unmapped
        FROM changes_seendeployment d WHERE d.at >= {since} AND d.at < {until}
        GROUP BY d.service_id
    """  # noqa: S608 names of our own


# One row at least for each service, or none, and week: (service_id, week, counts).
COUNTED = f"""
    SELECT k.service_id, p.week, k.by_permit, k.by_change, k.unauthorised, k.waiting, k.unmapped
    FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(weeks)s::date[])
        p(starts, ends, week)
    CROSS JOIN LATERAL ({counted("p.starts", "p.ends")}) k
    UNION ALL
    SELECT k.service_id, p.week, k.by_permit, k.by_change, k.unauthorised, k.waiting, k.unmapped
    FROM unnest(%(first_days)s::date[], %(end_days)s::date[], %(day_weeks)s::date[])
        p(first, ends, week)
    CROSS JOIN LATERAL (
        SELECT t.service_id, sum(t.by_permit) AS by_permit, sum(t.by_change) AS by_change,
            sum(t.unauthorised) AS unauthorised, sum(t.waiting) AS waiting,
            sum(t.unmapped) AS unmapped
        FROM changes_seentally t WHERE t.day_id >= p.first AND t.day_id < p.ends
        GROUP BY t.service_id) k
"""  # noqa: S608 a fragment of our own


@dataclass(frozen=True, slots=True)
class Parts:
    """Periods to count one by one, and runs of whole days; each with the Monday of its week.

    Both are half-open.
    """

    starts: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    weeks: list[date] = field(default_factory=list)
    first_days: list[date] = field(default_factory=list)
    end_days: list[date] = field(default_factory=list)
    day_weeks: list[date] = field(default_factory=list)

    def add_period(self, starts: datetime, ends: datetime, week: date) -> None:
        """A period to count; it goes on with the one before where that ends as it starts."""
        if starts >= ends:
            return
        if self.ends and (self.ends[-1], self.weeks[-1]) == (starts, week):
            self.ends[-1] = ends
            return
        self.starts.append(starts)
        self.ends.append(ends)
        self.weeks.append(week)

    def add_day(self, day: date, week: date) -> None:
        """A day whose counts are kept; it goes on with the one before where it follows it."""
        if self.end_days and (self.end_days[-1], self.day_weeks[-1]) == (day, week):
            self.end_days[-1] = day + DAY
            return
        self.first_days.append(day)
        self.end_days.append(day + DAY)
        self.day_weeks.append(week)


def parted(since: datetime, until: datetime, *, zone: str) -> Parts:
    """From `since` to before `until`, by weeks that begin on Monday in this zone. One statement."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    given = {"first": since.date(), "last": until.date() + DAY}
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, given)
        kept = {day for (day,) in cursor.fetchall()}
    return cut(since, until, zone=ZoneInfo(zone), kept=kept)


def cut(since: datetime, until: datetime, *, zone: ZoneInfo, kept: set[date]) -> Parts:
    """The parts of a period in UTC, where these days are kept. Pure."""
    parts = Parts()
    local = since.astimezone(zone).date()
    monday = local - timedelta(days=local.weekday())
    starts = since
    while starts < until:
        following = monday + timedelta(days=7)
        ends = min(until, datetime.combine(following, time(), zone).astimezone(UTC))
        _cut_week(parts, starts, ends, week=monday, kept=kept)
        starts, monday = max(starts, ends), following
    return parts


def _cut_week(
    parts: Parts, starts: datetime, ends: datetime, *, week: date, kept: set[date]
) -> None:
    at = starts
    while at < ends:
        midnight = datetime.combine(at.date() + DAY, time(), UTC)
        if at.time() == time() and midnight <= ends and at.date() in kept:
            parts.add_day(at.date(), week)
        else:
            parts.add_period(at, min(midnight, ends), week)
        at = midnight

"""Counting the days on which something was deployed, so that reports need not.

# Note [Counted days]
A day of UTC that is over is counted once, service by service. Whatever is written of it later, by
whomever, leaves a mark in the same transaction (a trigger does that), and a day with a mark counts
for nothing until it is counted anew: reports count such days, and parts of days, one by one. So
they are right at any instant, whether or not a worker has been there. Marks are taken away before
the count: what is not counted yet has a mark that nobody could see, and it stays.
"""

from datetime import UTC, date, datetime

from django.db import connection, transaction

from changes.queries import seen_days

_DUE = """
SELECT DISTINCT day FROM changes_seenmark WHERE day < %(today)s ORDER BY day DESC LIMIT %(limit)s
"""
_LOCK = """
INSERT INTO changes_seenday (day, counted_at) VALUES (%(day)s, %(now)s)
ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at
"""
_UNMARK = "DELETE FROM changes_seenmark WHERE day = %(day)s"
_FORGET = "DELETE FROM changes_seentally WHERE day_id = %(day)s"
_COUNT = f"""
INSERT INTO changes_seentally
    (day_id, service_id, by_permit, by_change, unauthorised, waiting, unmapped)
SELECT %(day)s, k.* FROM (
    {
    seen_days.counted(
        "%(day)s::date::timestamp AT TIME ZONE 'UTC'",
        "(%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'",
    )
}) k
"""  # noqa: S608 a fragment of our own


def count_days(*, now: datetime, limit: int) -> int:
    """Count at most `limit` days that are over and have marks, the newest first; answers how many.

    Any number of workers may, and any number of times.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"today": now.astimezone(UTC).date(), "limit": limit})
        days = [day for (day,) in cursor.fetchall()]
    for day in days:
        _count(day, now=now)
    return len(days)


@transaction.atomic
def _count(day: date, *, now: datetime) -> None:
    """See Note [Counted days]; who counts the same day waits for the first to be done."""
    with connection.cursor() as cursor:
        for sql in (_LOCK, _UNMARK, _FORGET, _COUNT):
            cursor.execute(sql, {"day": day, "now": now})

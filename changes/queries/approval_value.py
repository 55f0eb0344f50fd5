"""What approvals were worth: for each rule its votes, the edits they provoked, and what failed.

# Note [What a vote is counted for]
A vote counts for every requirement of its round that its voter could speak for, as recorded with
the vote: the lead's for peer review and for the service owner. An edit is provoked where a version
of the plan was written after the rule's first vote in the period and before the approval.
Failed later is a change that somebody of the rule approved, as it then was carried out, and that
was closed as failed or rolled back. The wait runs from when the rule's stage was asked to the vote;
half of the votes came sooner than the median.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from changes.states import UNSUCCESSFUL

ROWS_AT_MOST: Final = 200
WAIT: Final = 8
WHAT: Final = ("decisions", "rejections", "edits", "failures")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, from `since` to before `until`; of one rule where it is named."""

    since: datetime
    until: datetime
    rule: str = ""
    authority: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One rule and the authority it asked; `wait` is None where no vote says when it was asked."""

    rule: str
    authority: str
    group: str
    decisions: int
    approvals: int
    rejections: int
    abstentions: int
    changes: int
    wait: timedelta | None
    edits: int
    closed: int
    failures: int


@dataclass(frozen=True, slots=True)
class Behind:
    """One vote, version or change that a number counts."""

    ref: str
    title: str
    what: str
    by: str
    at: datetime


_SPOKEN = """
WITH spoken AS (
    SELECT r.rule, r.authority, r."group", v.id, v.change_id, v.voter_id, v.decision, v.cast_at,
        v.plan_digest, r.asked_at
    FROM changes_vote v
    JOIN changes_requirement r ON r.change_id = v.change_id AND r.round = v.round
        AND CASE r.authority WHEN 'group' THEN 'group:' || r."group"
            WHEN 'people' THEN 'people:' || r.rule ELSE r.authority END = ANY (v.authorities)
    WHERE v.cast_at >= %(since)s AND v.cast_at < %(until)s
        AND (%(rule)s = '' OR r.rule = %(rule)s AND r.authority = %(authority)s
            AND r."group" = %(group)s)
), looked AS (
    SELECT rule, authority, "group", change_id, min(cast_at) AS first_at
    FROM spoken GROUP BY rule, authority, "group", change_id
), provoked AS (
    SELECT l.rule, l.authority, l."group", p.id, p.change_id, p.version, p.written_by_id,
        p.written_at
    FROM looked l
    JOIN changes_change c ON c.id = l.change_id
    JOIN changes_planversion p ON p.change_id = l.change_id AND p.written_at > l.first_at
        AND p.written_at < coalesce(c.approved_at, c.started_at, 'infinity')
), ended AS (
    SELECT DISTINCT s.rule, s.authority, s."group", c.id AS change_id, c.title, c.outcome,
        c.ended_at, c.ended_by_id, c.outcome = ANY (%(wrong)s) AS failed
    FROM spoken s
    JOIN changes_change c ON c.id = s.change_id AND c.plan_digest = s.plan_digest
    WHERE s.decision = 'approve' AND c.state = 'closed'
)
"""
_VALUES = f"""{_SPOKEN}
SELECT s.rule, s.authority, s."group", count(*),
    count(*) FILTER (WHERE s.decision = 'approve'),
    count(*) FILTER (WHERE s.decision = 'reject'),
    count(*) FILTER (WHERE s.decision = 'abstain'),
    count(DISTINCT s.change_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.cast_at - s.asked_at))
        FILTER (WHERE s.asked_at IS NOT NULL),
    (SELECT count(*) FROM provoked p
        WHERE (p.rule, p.authority, p."group") = (s.rule, s.authority, s."group")),
    (SELECT count(*) FROM ended e
        WHERE (e.rule, e.authority, e."group") = (s.rule, s.authority, s."group")),
    (SELECT count(*) FROM ended e
        WHERE (e.rule, e.authority, e."group") = (s.rule, s.authority, s."group") AND e.failed)
FROM spoken s GROUP BY s.rule, s.authority, s."group" ORDER BY s.authority, s.rule, s."group"
"""  # noqa: S608 fragments of our own
_VOTES = """
SELECT s.change_id, c.title, s.decision, u.username, s.cast_at
FROM spoken s JOIN changes_change c ON c.id = s.change_id JOIN catalog_user u ON u.id = s.voter_id
"""
_BEHIND: Final[Mapping[str, str]] = {
    "decisions": _VOTES,
    "rejections": f"{_VOTES} WHERE s.decision = 'reject'",
    "edits": """
SELECT p.change_id, c.title, 'version ' || p.version, u.username, p.written_at
FROM provoked p JOIN changes_change c ON c.id = p.change_id
JOIN catalog_user u ON u.id = p.written_by_id
""",
    "failures": """
SELECT e.change_id, e.title, e.outcome, u.username, e.ended_at
FROM ended e JOIN catalog_user u ON u.id = e.ended_by_id WHERE e.failed
""",
}


def values(asked: Asked) -> list[Value]:
    """Every rule that got a vote in the period, by authority and name. One statement."""
    return [_value(list(row)) for row in _fetched(_VALUES, asked)]


def _value(row: list[Any]) -> Value:
    """From the columns of the statement, which are in the order of the fields."""
    if row[WAIT] is not None:
        row[WAIT] = timedelta(seconds=float(row[WAIT]))
    return Value(*row)


def behind(asked: Asked, *, what: str) -> list[Behind]:
    """What a number of the rule in `asked` counts, newest first, at most `ROWS_AT_MOST`.

    One statement. Raises KeyError for what is none of `WHAT`.
    """
    sql = f"{_SPOKEN}{_BEHIND[what]} ORDER BY 5 DESC, 1 DESC LIMIT {ROWS_AT_MOST}"
    return [Behind(f"CHG-{number}", *row) for number, *row in _fetched(sql, asked)]


def _fetched(sql: str, asked: Asked) -> list[tuple[Any, ...]]:
    given: dict[str, Any] = {
        "since": asked.since,
        "until": asked.until,
        "rule": asked.rule,
        "authority": asked.authority,
        "group": asked.group,
        "wrong": [str(outcome) for outcome in UNSUCCESSFUL],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())

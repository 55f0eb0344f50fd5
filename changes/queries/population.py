"""The population an auditor samples from: every change of a period, its counts, a sample of it.

# Note [Two ways of counting]
An export counts what it writes, row by row, and PostgreSQL counts the same by grouping, in the same
view of the database. Both must agree before anybody gets the file: one that is not complete looks
like one that is.

# Note [Drawing a sample]
The sample of `n` by a seed are the `n` changes for which SHA-256 over the UTF-8 text `seed:CHG-12`
is smallest. So anybody who has the exported population can draw it again and find the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection

from changes.models import Change, GateAnswer

AT_ONCE = 2000
#: What a period is told by: the column, and what it means.
BY: Final = {
    "ended_at": "when they ended: closed or cancelled",
    "started_at": "when they started",
}
COLUMNS: Final = (
    "ref",
    "title",
    "kind",
    "category",
    "service",
    "environment",
    "team",
    "risk_level",
    "risk_score",
    "state",
    "outcome",
    "author",
    "last_editor",
    "implementer",
    "created_at",
    "submitted_at",
    "approved_at",
    "approvals",
    "approvers",
    "planned_start_at",
    "planned_end_at",
    "started_at",
    "started_by",
    "finished_at",
    "rolled_back_at",
    "ended_at",
    "ended_by",
    "plan_version",
    "plan_digest",
    "template",
    "incident",
    "broke_glass_at",
    "retroactively_approved_at",
    "reviewed_at",
    "emergency",
    "overridden",
    "without_approval",
    "deployed_without_permit",
    "month",
)
#: What is counted by each of its values, and what only where it holds.
GROUPS: Final = ("kind", "state", "outcome", "month")
FLAGS: Final = ("emergency", "overridden", "without_approval", "deployed_without_permit")
Counts = dict[str, dict[str, int]]
Row = list[Any]


@dataclass(frozen=True, slots=True)
class Population:
    """Changes by when they ended or started, from `since` (in) to `until` (out), both aware.

    `zone` says in which time zone months begin; slugs and the kind narrow it, where given.
    """

    since: datetime
    until: datetime
    by: str = "ended_at"
    zone: str = "UTC"
    service: str = ""
    environment: str = ""
    team: str = ""
    kind: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """What it is narrowed to."""
        named = ("service", "environment", "team", "kind")
        return {name: value for name in named if (value := getattr(self, name))}


# Every flag, once, for the rows and for the counts alike.
_TOLD = {
    "emergency": "(c.kind = 'emergency' OR c.broke_glass_at IS NOT NULL)",
    "overridden": """EXISTS (SELECT FROM changes_override o
        WHERE o.change_id = c.id AND o.confirmed_at IS NOT NULL)""",
    "without_approval": """(c.started_at IS NOT NULL AND c.approved_at IS NULL
        AND c.retroactively_approved_at IS NULL)""",
    "deployed_without_permit": """EXISTS (SELECT FROM changes_deployment d
        WHERE d.change_id = c.id AND d.status = 'started' AND d.permit_id = '')""",
}
_NARROWED = {
    "service": "c.service_id = (SELECT id FROM catalog_service WHERE slug = %(service)s)",
    "environment": "c.environment_id = (SELECT id FROM catalog_environment "
    "WHERE slug = %(environment)s)",
    "team": "c.team_id = (SELECT id FROM catalog_team WHERE slug = %(team)s)",
    "kind": "c.kind = %(kind)s",
}
_COUNTED = """
SELECT GROUPING(kind), GROUPING(state), GROUPING(outcome), GROUPING(month),
    kind, state, outcome, month, count(*), {flags}
FROM (SELECT c.kind, c.state, c.outcome, {month} AS month, {told} FROM changes_change c
    WHERE {where}) counted
GROUP BY GROUPING SETS ((), (kind), (state), (outcome), (month))
"""
_ROWS = """
SELECT json_build_array('CHG-' || c.id, c.title, c.kind, c.category, service.slug,
    environment.slug, team.slug, c.risk_level, c.risk_score, c.state, c.outcome,
    author.username, editor.username, implementer.username,
    c.created_at, c.submitted_at, c.approved_at, cardinality(agreed.people), agreed.people,
    c.planned_start_at, c.planned_end_at, c.started_at, starter.username, c.finished_at,
    c.rolled_back_at, c.ended_at, ender.username, c.plan_version, c.plan_digest,
    template.slug, 'INC-' || c.incident_id, c.broke_glass_at, c.retroactively_approved_at,
    c.reviewed_at, {told}, {month})::text
FROM changes_change c
JOIN catalog_service service ON service.id = c.service_id
JOIN catalog_environment environment ON environment.id = c.environment_id
JOIN catalog_team team ON team.id = c.team_id
JOIN catalog_user author ON author.id = c.author_id
JOIN catalog_user editor ON editor.id = c.last_editor_id
LEFT JOIN catalog_user implementer ON implementer.id = c.implementer_id
LEFT JOIN catalog_user starter ON starter.id = c.started_by_id
LEFT JOIN catalog_user ender ON ender.id = c.ended_by_id
LEFT JOIN changes_template template ON template.id = c.template_id
CROSS JOIN LATERAL (SELECT ARRAY(SELECT voter.username::text FROM changes_vote v
    JOIN catalog_user voter ON voter.id = v.voter_id
    WHERE v.change_id = c.id AND v.round = c.approval_round AND v.decision = 'approve'
        AND v.plan_digest = c.plan_digest ORDER BY v.id)) agreed (people)
WHERE {where} ORDER BY c.id
"""
_SAMPLE = """
SELECT c.id FROM changes_change c WHERE {where}
ORDER BY sha256(convert_to(%(seed)s || ':CHG-' || c.id, 'UTF8')) LIMIT %(count)s
"""


def counts(asked: Population) -> Counts:
    """How many changes there are, in all and by each group and flag. One statement.

    Reads every change of the period, by whichever index narrows it; the counts are exact.
    """
    flags = ", ".join(f"count(*) FILTER (WHERE {flag})" for flag in FLAGS)
    told = ", ".join(f"{_TOLD[flag]} AS {flag}" for flag in FLAGS)
    sql, values = _asked(_COUNTED, asked, flags=flags, told=told)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    counted: Counts = {"total": {"": 0}, **{name: {} for name in (*GROUPS, *FLAGS)}}
    for row in found:
        grouped = [name for name, aside in zip(GROUPS, row[:4], strict=True) if not aside]
        if grouped:
            (name,) = grouped
            counted[name][row[4 + GROUPS.index(name)]] = row[8]
            continue
        counted["total"][""] = row[8]
        for flag, number in zip(FLAGS, row[9:], strict=True):
            counted[flag]["yes"] = number
    return {name: dict(sorted(some.items())) for name, some in counted.items()}


def told(counted: Counts) -> dict[str, Any]:
    """The counts as they are shown: a number for the total and each flag, a map for each group."""
    return {
        "total": counted["total"][""],
        **{name: counted[name] for name in GROUPS},
        **{name: counted[name]["yes"] for name in FLAGS},
    }


def rows(asked: Population) -> Iterator[Row]:
    """Every change of the period by number, as `COLUMNS`; instants are RFC 3339 in UTC.

    Read a few thousand at a time, so memory does not grow. Must be read inside a transaction.
    """
    told = ", ".join(_TOLD[flag] for flag in FLAGS)
    sql, values = _asked(_ROWS, asked, told=told)
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while some := cursor.fetchmany(AT_ONCE):
            for (text,) in some:
                yield orjson.loads(text)


def sample(asked: Population, *, seed: str, count: int) -> list[Change]:
    """So many changes drawn by a seed, in the order they are drawn; see Note [Drawing a sample].

    Two statements.
    """
    sql, values = _asked(_SAMPLE, asked)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "seed": seed, "count": count})
        keys = [key for (key,) in cursor.fetchall()]
    found = Change.objects.select_related("service", "environment", "team", "author").in_bulk(keys)
    return [found[key] for key in keys]


def questions_without_change(asked: Population) -> int:
    """How often the gate was asked in the period with no change there to deploy. One statement.

    What the population cannot hold: somebody wanted to deploy, and no change said so.
    """
    named = {"service": asked.service, "environment": asked.environment}
    given = {name: value for name, value in named.items() if value}
    answers = GateAnswer.objects.filter(at__gte=asked.since, at__lt=asked.until, change="")
    return answers.filter(**given).count()


def _asked(sql: str, asked: Population, **parts: str) -> tuple[str, dict[str, Any]]:
    """A statement for a population, and its values."""
    column = {"ended_at": "c.ended_at", "started_at": "c.started_at"}[asked.by]
    where = [f"{column} >= %(since)s", f"{column} < %(until)s"]
    where += [_NARROWED[name] for name in asked.filters]
    month = f"to_char({column} AT TIME ZONE %(zone)s, 'YYYY-MM')"
    values = {"since": asked.since, "until": asked.until, "zone": asked.zone, **asked.filters}
    return sql.format(where=" AND ".join(where), month=month, **parts), values

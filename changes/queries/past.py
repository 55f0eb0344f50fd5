"""Changes that started in a period, as facts at the instants they were decided at.

What the catalogue says of a service is what it says now; what a plan says is its last version.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from changes.policies.facts import CheckFacts, Facts, IncidentFacts
from changes.policies.linking import FOLLOWS_WITHIN
from changes.policies.periods import GATING_SEVERITY
from changes.policies.template_facts import TemplateFacts
from changes.queries import holding
from changes.queries.facts_rows import FILLED
from changes.queries.incident_links import HELD_AGAINST
from changes.states import UNSUCCESSFUL, Kind, State
from changes.windows import Interval

WRONG = frozenset(str(outcome) for outcome in UNSUCCESSFUL)


@dataclass(frozen=True, slots=True)
class Past:
    """One change; `instants` maps the verbs that were said of it to when.

    `went_wrong` where it failed or was rolled back. `incident` is the number of the first SEV-1 or
    SEV-2 held against it: Note [What an incident is held against] in `changes.policies.linking`.
    """

    number: int
    title: str
    facts: Facts
    instants: dict[str, datetime]
    outcome: str
    went_wrong: bool
    incident: int | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How many changes started in a period, and the highest number among them."""

    total: int
    last: int


_PERIOD = "c.started_at >= %(since)s AND c.started_at < %(until)s"
_EXTENT = f"SELECT count(*), coalesce(max(c.id), 0) FROM changes_change c WHERE {_PERIOD}"  # noqa: S608
# What only some rules look at costs a look-up for each change: read where a rule asks for it.
_OPEN_AT_START = f"""
    ARRAY(SELECT severity FROM (SELECT DISTINCT i.id, i.severity
        FROM {holding.sql("c.service_id", "c.environment_id", at="c.started_at")}) held)
"""  # noqa: S608 a fragment of ours
_CHECKS = """
    (SELECT json_agg(json_build_array(k.name, k.passed)) FROM (
        SELECT DISTINCT ON (name) name, passed FROM changes_check
        WHERE change_id = c.id AND reported_at <= c.started_at ORDER BY name, id DESC) k)
"""
_TEAMS = """
    ARRAY(SELECT a.slug::text FROM catalog_membership m JOIN catalog_team a ON a.id = m.team_id
        WHERE m.user_id = c.author_id)
"""
_ON_DEMAND = {
    "open_incidents": (_OPEN_AT_START, "ARRAY[]::int[]"),
    "checks": (_CHECKS, "NULL"),
    "author_teams": (_TEAMS, "ARRAY[]::text[]"),
}
_CHUNK = """
SELECT c.id, c.title, c.kind, c.category, c.risk_level, c.risk_score, c.rollout,
    c.rollback_proof, c.test_evidence_url <> '',
    c.planned_start_at, c.planned_end_at, c.revision, c.artifact, c.required_checks,
    ARRAY[c.description ~ '\\S', c.implementation_plan ~ '\\S', c.test_plan ~ '\\S',
        c.rollback_plan ~ '\\S', c.monitoring_plan ~ '\\S'],
    c.submitted_at, c.started_at, CASE WHEN c.state = 'closed' THEN c.ended_at END,
    c.outcome, c.rolled_back_at IS NOT NULL, c.incident_id,
    s.slug, s.tier, t.slug, t.time_zone, e.slug, e."default" = 'open', x.slug,
    (SELECT h.id FROM ({held}) h ORDER BY h.declared_at, h.id LIMIT 1),
    {open_incidents}, {checks}, {author_teams}
FROM changes_change c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_team t ON t.id = s.owner_team_id
JOIN catalog_environment e ON e.id = c.environment_id
LEFT JOIN changes_template x ON x.id = c.template_id
WHERE c.id > %(after)s AND c.id <= %(last)s AND {period}
ORDER BY c.id LIMIT %(limit)s
"""


def extent(*, since: datetime, until: datetime) -> Extent:
    """One statement; it goes through all changes."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, {"since": since, "until": until})
        return Extent(*cursor.fetchone())


def chunk(
    *, since: datetime, until: datetime, after: int, last: int, limit: int, fields: Set[str]
) -> Iterator[Past]:
    """At most `limit` changes by key, beyond `after`. One statement.

    `fields` names what the rule looks at.
    """
    wanted = {
        "open_incidents": "open_incidents" in fields,
        "checks": bool({"passed_checks", "failed_checks"} & fields),
        "author_teams": "author_teams" in fields,
    }
    sql = _CHUNK.format(
        held=HELD_AGAINST,
        period=_PERIOD,
        **{name: _ON_DEMAND[name][0 if asked else 1] for name, asked in wanted.items()},
    )
    given: dict[str, Any] = {
        "since": since,
        "until": until,
        "after": after,
        "last": last,
        "limit": limit,
        "follows": FOLLOWS_WITHIN,
        "severity": GATING_SEVERITY,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows = cursor.fetchall()
    yield from (_past(row) for row in rows)


def _past(row: tuple[Any, ...]) -> Past:
    (number, title, kind, category, risk, score, rollout, proof, evidence,
        starts, ends, revision, artifact,
        required, filled, submitted_at, started_at, closed_at, outcome, rolled_back, answers,
        service, tier, team, zone, environment, is_open, template, incident,
        open_incidents, checks, author_teams) = row  # fmt: skip
    facts = Facts(
        ref=f"CHG-{number}",
        kind=Kind(kind),
        state=State.SCHEDULED,
        service=service,
        environment=environment,
        tier=tier,
        environment_is_open=is_open,
        team=team,
        zone=zone,
        category=category,
        risk_level=risk,
        risk_score=score,
        rollout=rollout,
        rollback_proof=proof,
        has_test_evidence=evidence,
        author_teams=frozenset(author_teams),
        filled=frozenset(name for name, there in zip(FILLED, filled, strict=True) if there),
        planned=Interval(starts, ends) if starts and ends else None,
        revision=revision,
        artifact=artifact,
        template=TemplateFacts(template, "published") if template else None,
        incident=IncidentFacts(f"INC-{answers}", 0, True, started_at) if answers else None,
        open_incidents=tuple(IncidentFacts("", one, True, started_at) for one in open_incidents),
        required_checks=tuple(required),
        checks=tuple(CheckFacts(name, passed) for name, passed in checks or ()),
    )
    said = {"submit": submitted_at, "start": started_at, "deploy": started_at, "close": closed_at}
    return Past(
        number,
        title,
        facts,
        {verb: at for verb, at in said.items() if at is not None},
        outcome,
        rolled_back or outcome in WRONG,
        incident,
    )

"""What the risk of a change rests on."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from catalog import statements
from changes.models import Change
from changes.queries import histories
from changes.risk import Circumstances, Thresholds
from changes.risk.assessing import DEPENDENTS_AT_MOST

PRODUCTION = "production"
HOLIDAY_WITHIN = timedelta(hours=24)

# The services that need this one, at each depth once; further away they weigh nothing. Nearest
# come first, and the search ends where more of them would weigh no more: a hub has thousands.
_REACH = f"""
    WITH RECURSIVE reach(id, depth) AS (
        SELECT %(service)s::bigint, 0
        UNION
        SELECT s.id, r.depth + 1 FROM reach r
        JOIN catalog_servicedependency d ON d.needs_id = r.id
        JOIN catalog_service s ON s.id = d.service_id AND s.is_active
        WHERE r.depth < 4
    )
    SELECT json_agg(json_build_array(depth, many)) FROM (
        SELECT depth, count(*) many FROM (
            SELECT min(depth) depth FROM (SELECT * FROM reach LIMIT {DEPENDENTS_AT_MOST} + 1) near
            WHERE id <> %(service)s::bigint GROUP BY id) nearest
        GROUP BY depth) counted
"""  # noqa: S608 a number of our own
_FOUND = f"""
SELECT json_build_array(
    (SELECT t.time_zone FROM catalog_service s JOIN catalog_team t ON t.id = s.owner_team_id
        WHERE s.id = %(service)s::bigint),
    ({_REACH}),
    (SELECT json_object_agg(subject, json_build_array(closed, failed, followed))
        FROM changes_trackrecord WHERE subject = ANY(%(subjects)s::text[])),
    (SELECT count(*) FROM changes_change o
        WHERE o.service_id = %(service)s::bigint AND o.environment_id = %(environment)s::bigint
            AND o.state NOT IN ('closed', 'cancelled')
            AND o.state IN ('scheduled', 'implementing')
            AND o.planned_start_at < %(ends)s::timestamptz
            AND o.planned_end_at > %(starts)s::timestamptz
            AND o.id <> %(change)s::bigint),
    (SELECT l.summary FROM changes_listedtime l JOIN changes_window w ON w.id = l.window_id
        WHERE w.holidays <> ''
            AND l.ends_at > %(ends)s::timestamptz AND l.starts_at < %(soon)s::timestamptz
        ORDER BY l.starts_at, l.id LIMIT 1),
    (SELECT json_object_agg(level, from_score) FROM changes_riskthreshold))::text
"""  # noqa: S608 a part of our own


def circumstances(change: Change) -> Circumstances:
    """One statement: dependents, what else is planned there, and how changes went before.

    `change` need not be saved; its `pk` is the one it replaces.
    """
    of = histories.subjects(
        service=change.service_id, category=change.category, template=change.template_id
    )
    zone, dependents, records, overlapping, holiday, levels = _found(
        change, subjects=[*of.values()]
    )
    known = bool(change.planned_start_at and change.planned_end_at)
    return Circumstances(
        kind=change.kind,
        tier=change.service.tier,
        category=change.category,
        rollout=change.rollout,
        production=change.environment.slug == PRODUCTION,
        dependents=_by_depth(dependents),
        has_rollback_plan=bool(change.rollback_plan.strip()),
        has_test_plan=bool(change.test_plan.strip()),
        rollback_proof=change.rollback_proof,
        has_test_evidence=bool(change.test_evidence_url),
        starts_at=_there(change.planned_start_at, zone) if known else None,
        ends_at=_there(change.planned_end_at, zone) if known else None,
        holiday=holiday or "",
        overlapping=overlapping,
        history=histories.history(records or {}, of=of),
        thresholds=Thresholds(**(levels or {})),
    )


def _found(change: Change, *, subjects: list[str]) -> list[Any]:
    ends = change.planned_end_at
    given = {
        "service": change.service_id,
        "environment": change.environment_id,
        "change": change.pk or 0,
        "starts": change.planned_start_at,
        "ends": ends,
        "soon": ends + HOLIDAY_WITHIN if ends else None,
        "subjects": subjects,
    }
    ((text,),) = statements.fetched(_FOUND, given)
    found: list[Any] = orjson.loads(text)
    return found


def _by_depth(found: list[tuple[int, int]] | None) -> tuple[int, ...]:
    """How many at each depth, from the nearest."""
    counts = dict(found or ())
    return tuple(counts.get(depth, 0) for depth in range(1, max(counts, default=0) + 1))


def _there(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)) if at else None

"""Which changes meet a plan: the same service, what it needs or is needed by, the same person.

Searched among reservations alone (see Note [Reservations] in `changes.models.reservation`), so it
costs the same however many changes are over.

# Note [Hubs]
What few services need is asked service by service whether it is reserved. Thousands may need a hub:
of these the reservations there and then are looked through, and kept is what is of one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog import statements
from changes.models import Change
from changes.policies.conflicts import Met, Why, is_hard
from changes.states import Kind, State
from changes.windows import Interval

FOUND_AT_MOST = 200
HUB_FROM = 50
LIVE = frozenset({State.PLANNING, State.AWAITING_APPROVAL, State.SCHEDULED, State.IMPLEMENTING})


@dataclass(frozen=True, slots=True)
class Plan:
    """What conflicts are searched for: keys of rows, and the planned period.

    `change` is 0 for a plan that is not saved. `also` are services it also affects, besides those
    that are saved with the change.
    """

    service: int
    environment: int
    planned: Interval
    kind: str
    change: int = 0
    implementer: int | None = None
    also: tuple[int, ...] = ()


_TOUCHED = """
    WITH hub AS (
    SELECT count(*) >= %(hub_from)s::bigint AS is_hub FROM (
        SELECT FROM catalog_servicedependency WHERE needs_id = %(service)s
        LIMIT %(hub_from)s::bigint) d
), touched (service_id, why) AS (
    SELECT %(service)s::bigint, 'same_service'
    UNION ALL SELECT unnest(%(also)s::bigint[]), 'also_affects'
    UNION ALL SELECT m.service_id, 'also_affects' FROM changes_change_also_affects m
        WHERE m.change_id = %(change)s AND m.service_id <> ALL (%(also)s::bigint[])
    UNION ALL SELECT d.needs_id, 'needs' FROM catalog_servicedependency d
        WHERE d.service_id = %(service)s
    UNION ALL SELECT d.service_id, 'needed_by' FROM catalog_servicedependency d
        WHERE d.needs_id = %(service)s AND NOT (SELECT is_hub FROM hub)
), met (change_id, service_id, why) AS (
    SELECT r.change_id, r.service_id, CASE
            WHEN t.why <> 'same_service' THEN t.why
            WHEN NOT r.is_own THEN 'also_affects'
            WHEN r.environment_id = %(environment)s THEN 'same_service' ELSE 'elsewhere' END
    FROM touched t JOIN changes_reservation r ON r.service_id = t.service_id
    WHERE r.starts_at < %(ends_at)s AND r.ends_at > %(starts_at)s AND r.change_id <> %(change)s
        AND (r.environment_id = %(environment)s OR t.why = 'same_service' AND r.is_own)
        AND (r.is_own OR t.why IN ('same_service', 'also_affects'))
    UNION ALL
    SELECT r.change_id, r.service_id, 'needed_by'
    FROM changes_reservation r
    WHERE (SELECT is_hub FROM hub) AND r.environment_id = %(environment)s AND r.is_own
        AND r.starts_at < %(ends_at)s AND r.ends_at > %(starts_at)s AND r.change_id <> %(change)s
        AND (r.service_id IN (SELECT d.service_id FROM catalog_servicedependency d
            WHERE d.needs_id = %(service)s)) IS TRUE  -- so they are looked up in a hash, not joined
    UNION ALL
    SELECT r.change_id, r.service_id, 'environment'
    FROM changes_reservation r
    WHERE r.environment_id = %(environment)s AND r.claim = 0 AND r.is_own
        AND r.starts_at < %(ends_at)s AND r.ends_at > %(starts_at)s AND r.change_id <> %(change)s
    UNION ALL
    SELECT r.change_id, r.service_id, 'implementer'
    FROM changes_reservation r
    WHERE r.implementer_id = %(implementer)s::bigint AND r.is_own
        AND r.starts_at < %(ends_at)s AND r.ends_at > %(starts_at)s AND r.change_id <> %(change)s
)
"""
_FOUND = f"""
SELECT c.id, c.title, c.kind, c.state, s.slug, e.slug, c.planned_start_at, c.planned_end_at,
    u.username, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username),
    m.why, own.one_at_a_time
FROM ({_TOUCHED}
    SELECT change_id, array_agg(DISTINCT why) AS why,
        (array_agg(service_id ORDER BY array_position(%(order)s::text[], why)))[1] AS service_id
    FROM met GROUP BY change_id
) m
JOIN changes_change c ON c.id = m.change_id
JOIN catalog_service s ON s.id = m.service_id
JOIN catalog_environment e ON e.id = c.environment_id
JOIN catalog_environment own ON own.id = %(environment)s
JOIN catalog_user u ON u.id = coalesce(c.started_by_id, c.implementer_id, c.author_id)
ORDER BY c.planned_start_at, c.id
LIMIT %(most)s
"""  # noqa: S608 a fragment of our own


def of_plan(plan: Plan) -> list[Met]:
    """The changes that meet a plan, earliest first; at most `FOUND_AT_MOST`. One statement."""
    rows = statements.fetched(
        _FOUND,
        {
            "change": plan.change,
            "service": plan.service,
            "environment": plan.environment,
            "also": list(plan.also),
            "implementer": plan.implementer,
            "starts_at": plan.planned.starts_at,
            "ends_at": plan.planned.ends_at,
            "order": [str(why) for why in Why],
            "most": FOUND_AT_MOST,
            "hub_from": HUB_FROM,
        },
    )
    return [_met(row, kind=plan.kind) for row in rows]


def of_change(change: Change) -> list[Met]:
    """The changes that meet a saved one; none once it is over, or has no planned period."""
    plan = plan_of(change)
    return of_plan(plan) if plan is not None else []


def plan_of(change: Change, *, also: Sequence[int] = ()) -> Plan | None:
    """A change as its conflicts are searched for; None where nothing can be in its way."""
    starts, ends = change.planned_start_at, change.planned_end_at
    if change.state not in LIVE or starts is None or ends is None or ends <= starts:
        return None
    return Plan(
        service=change.service_id,
        environment=change.environment_id,
        planned=Interval(starts, ends),
        kind=change.kind,
        change=change.pk or 0,
        implementer=change.implementer_id,
        also=tuple(also),
    )


def _met(row: Sequence[Any], *, kind: str) -> Met:
    number, title, other, state, service, environment, starts, ends, by, label, why, apart = row
    found = Met(
        f"CHG-{number}",
        title,
        Kind(other),
        state,
        service,
        environment,
        Interval(starts, ends),
        by,
        label,
        tuple(sorted((Why(one) for one in why), key=list(Why).index)),
    )
    return replace(found, is_hard=is_hard(kind=kind, other=other, why=why, one_at_a_time=apart))

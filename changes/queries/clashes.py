"""Which of many changes meet others on their own service and environment, for a schedule.

The same search as `changes.queries.conflicts`, for many changes at once: among reservations alone,
so that what is not yet approved is in nobody's way, and with the same reasons where one excludes
another. What else may meet (a dependency, a person) is told on the page of the change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import statements
from changes.policies.conflicts import Why, is_hard
from changes.queries.conflicts import LIVE
from changes.queries.listed import Listed
from changes.windows import Interval


@dataclass(frozen=True, slots=True)
class Clash:
    """Two changes that meet, by number, the one planned to start earlier first.

    `both` is the time both are planned for; `place` where, such as `refunds production`.
    """

    earlier: int
    later: int
    place: str
    both: Interval
    is_hard: bool


# For each change one of those in its way, the one that starts last: never more rows than changes.
# An index leads to it from behind; how far back one can begin is told by the longest there is.
_MET = """
WITH longest AS (SELECT coalesce(max(ends_at - starts_at), '0') AS span FROM changes_reservation)
SELECT c.id, c.planned_start_at, c.kind, met.change_id, met.starts_at, met.kind, met.why,
    greatest(c.planned_start_at, met.starts_at), least(c.planned_end_at, met.ends_at),
    s.slug, e.slug, e.one_at_a_time
FROM changes_change c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_environment e ON e.id = c.environment_id
CROSS JOIN LATERAL (
    (SELECT r.change_id, r.starts_at, r.ends_at, r.kind, 'same_service' AS why
    FROM changes_reservation r
    WHERE r.service_id = c.service_id AND r.environment_id = c.environment_id AND r.is_own
        AND r.starts_at < c.planned_end_at AND r.ends_at > c.planned_start_at
        AND r.starts_at > c.planned_start_at - (SELECT span FROM longest)
        AND r.change_id <> c.id
    ORDER BY r.starts_at DESC LIMIT 1)
    UNION ALL
    (SELECT r.change_id, r.starts_at, r.ends_at, r.kind, 'environment'
    FROM changes_reservation r
    WHERE r.environment_id = c.environment_id AND r.claim = 0 AND r.is_own
        AND r.starts_at < c.planned_end_at AND r.ends_at > c.planned_start_at
        AND r.starts_at > c.planned_start_at - (SELECT span FROM longest)
        AND r.change_id <> c.id
    ORDER BY r.starts_at DESC LIMIT 1)
    LIMIT 1) met
WHERE c.id = ANY(%(numbers)s::bigint[])
"""


def clashes(changes: Iterable[Listed]) -> list[Clash]:
    """Each pair that meets once, by when they begin to. One statement, none for none that is live.

    What is over, or was called off, is in nobody's way.
    """
    numbers = [one.id for one in changes if one.state in LIVE and one.planned_start_at]
    if not numbers:
        return []
    found: dict[tuple[int, int], Clash] = {}
    for row in statements.fetched(_MET, {"numbers": numbers}):
        clash = _clash(row)
        pair = min(clash.earlier, clash.later), max(clash.earlier, clash.later)
        found.setdefault(pair, clash)
    return sorted(found.values(), key=lambda one: (one.both, one.later))


def _clash(row: Sequence[Any]) -> Clash:
    number, starts, kind, other, other_starts, other_kind, why, since, until, *place = row
    service, environment, apart = place
    first, second = sorted([(starts, number), (other_starts, other)])
    return Clash(
        first[1],
        second[1],
        f"{service} {environment}" if why == Why.SAME_SERVICE else environment,
        Interval(since, until),
        is_hard(kind=kind, other=other_kind, why=[why], one_at_a_time=apart),
    )

"""Who keeps a change from its place, in the one statement that gathers facts, and as values.

Five parts: rivals for the place of a change `c` that may begin, the lock that holds on an
environment `e`, where only so many may run in it who runs there and for whom room is kept, and the
turn of the change in the queue. Each is an index's first entry where there is nothing to be told,
so nothing is spent on what is rare.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from changes.policies.facts import LockFacts, Rival, Room, Turn
from changes.states import Kind
from changes.windows import Interval

AT_MOST = 20


def claim(service: str) -> str:
    """What a change of a service, by key, takes when it runs in environment `e`."""
    return f"CASE e.one_at_a_time WHEN 'environment' THEN 0 ELSE {service} END"


CLAIM = claim("c.service_id")


def _rival(environment: str, claim: str) -> str:
    return f"""r.is_own AND r.environment_id = {environment} AND r.claim = {claim}
                AND r.change_id <> c.id
                AND (r.is_running OR r.kind = 'normal' AND r.ends_at > c.planned_start_at)"""


def _locked(environment: str) -> str:
    return f"""l.environment_id = {environment} AND l.released_at IS NULL
            AND l.locked_at <= %(now)s AND l.until > %(now)s"""


# Not started, or ended: a deployment that failed may begin anew, where its place is free.
_MAY_BEGIN = "(c.started_at IS NULL OR c.finished_at IS NOT NULL)"


def _rivals(when: str) -> str:
    return f"""
    (SELECT json_agg(json_build_array(r.change_id, r.kind, r.is_running, r.starts_at, r.ends_at,
            u.username, x.slug) ORDER BY r.starts_at, r.change_id)
        FROM (SELECT * FROM changes_reservation r
            WHERE {_rival("e.id", CLAIM)}
            ORDER BY r.starts_at LIMIT {AT_MOST}) r
        JOIN changes_change o ON o.id = r.change_id
        JOIN catalog_user u ON u.id = coalesce(o.started_by_id, o.implementer_id, o.author_id)
        JOIN catalog_service x ON x.id = r.service_id
        WHERE {when})
    """  # noqa: S608 names of our own


_RIVALS = _rivals(_MAY_BEGIN)
_LOCK = f"""
    (SELECT json_build_array(u.username, l.reason, l.until, l.change_id)
        FROM changes_environmentlock l JOIN catalog_user u ON u.id = l.locked_by_id
        WHERE {_locked("e.id")} LIMIT 1)
"""  # noqa: S608 names of our own
_RUNNING = """
    CASE WHEN e.max_running IS NOT NULL THEN
        (SELECT json_agg(json_build_array(r.change_id, r.kind, true, r.starts_at, r.ends_at,
                u.username, x.slug) ORDER BY r.starts_at, r.change_id)
            FROM changes_reservation r
            JOIN changes_change o ON o.id = r.change_id
            JOIN catalog_user u ON u.id = o.started_by_id
            JOIN catalog_service x ON x.id = r.service_id
            WHERE r.environment_id = e.id AND r.is_own AND r.is_running
                AND r.change_id IS DISTINCT FROM c.id) END
"""
_KEPT = """
    CASE WHEN e.max_running IS NOT NULL THEN
        (SELECT json_agg(json_build_array(o.id, o.kind, false, o.planned_start_at,
                o.planned_end_at, u.username, x.slug) ORDER BY o.id)
            FROM changes_change o
            JOIN catalog_user u ON u.id = coalesce(o.implementer_id, o.author_id)
            JOIN catalog_service x ON x.id = o.service_id
            WHERE o.id <> coalesce(c.id, 0) AND o.id IN (
                SELECT q.change_id FROM changes_queueplace q
                WHERE q.environment_id = e.id AND q.left_at IS NULL
                    AND q.held_until > %(now)s::timestamptz)) END
"""
_TURN = """
    CASE WHEN c.id IS NOT NULL THEN
        (SELECT json_build_array(count(*) > 0,
                coalesce(bool_or(m.held_until > %(now)s::timestamptz), false),
                CASE WHEN e.max_running IS NULL THEN 0 ELSE (
                    SELECT count(DISTINCT q.change_id) FROM changes_queueplace q
                    WHERE q.environment_id = e.id AND q.left_at IS NULL AND q.released_at IS NULL
                        AND q.expires_at > %(now)s::timestamptz
                        AND q.ready_from <= %(now)s::timestamptz
                        AND q.change_id <> c.id AND q.id < coalesce(min(m.id), q.id + 1)) END)
            FROM changes_queueplace m WHERE m.change_id = c.id AND m.left_at IS NULL) END
"""
HELD = f"{_RIVALS}, {_LOCK}, {_RUNNING}, {_KEPT}, {_TURN}"
OF_CHANGE = f"""
SELECT e.one_at_a_time, {_rivals("true")}
FROM changes_change c JOIN catalog_environment e ON e.id = c.environment_id
WHERE c.id = %(change)s
"""  # noqa: S608 fragments of our own


QUEUED = """EXISTS (
        SELECT FROM changes_queueplace q WHERE q.change_id = c.id AND q.left_at IS NULL)"""


def some(environment: str, *, claim: str) -> str:
    """Whether there is any rival or lock; `claim` is what `CLAIM` comes to."""
    return f"""EXISTS (SELECT FROM changes_environmentlock l WHERE {_locked(environment)})
    OR {_MAY_BEGIN} AND EXISTS (
        SELECT FROM changes_reservation r WHERE {_rival(environment, claim)})"""  # noqa: S608


def values(held: Sequence[Any], *, at_most: int | None) -> dict[str, Any]:
    """The facts in the five parts of `HELD`, by name."""
    rivals, lock, running, kept, turn = held
    holders = tuple(rival(row) for row in (*(running or ()), *(kept or ())))
    return {
        "rivals": tuple(rival(row) for row in rivals or ()),
        "lock": _lock(lock) if lock else None,
        "room": Room(at_most, holders) if at_most else None,
        "turn": Turn(*turn) if turn else Turn(),
    }


def rival(row: Sequence[Any]) -> Rival:
    """From one element of the rivals."""
    number, kind, is_running, starts, ends, by, service = row
    planned = Interval(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
    return Rival(f"CHG-{number}", Kind(kind), is_running, planned, by, service)


def _lock(row: Sequence[Any]) -> LockFacts:
    by, reason, until, change = row
    return LockFacts(by, reason, datetime.fromisoformat(until), f"CHG-{change}" if change else "")

"""Reserving places as changes move; see Note [Reservations] in `changes.models.reservation`.

Each move writes its reservations in one statement, and beside them that conflicts of the change are
to be looked at again: by a worker, so that nobody waits for it here.
"""

from datetime import datetime

from catalog import statements
from changes.models import Change
from changes.policies import Facts, rivals
from changes.queries.held_sql import claim
from changes.queries.rivals import with_rivals
from changes.states import State
from ledger.decision import refuse

EXCLUSION = "one_change_at_a_time_where_it_excludes"
_LOOK_AGAIN = """
WITH look_again AS (
    INSERT INTO changes_conflictcheck (change_id, asked_at) VALUES (%(change)s, %(now)s)
)
"""
# Of two at once the second waits for the first to commit, and then reserves nothing.
_RESERVE = f"""{_LOOK_AGAIN}
INSERT INTO changes_reservation (change_id, service_id, environment_id, implementer_id, kind,
    starts_at, ends_at, is_own, is_running, claim, excludes)
SELECT c.id, x.service_id, c.environment_id, c.implementer_id, c.kind,
    c.planned_start_at, c.planned_end_at, x.is_own, c.state = 'implementing',
    {claim("x.service_id")},
    x.is_own AND c.kind = 'normal' AND e.one_at_a_time <> 'nothing'
FROM changes_change c
JOIN catalog_environment e ON e.id = c.environment_id
CROSS JOIN LATERAL (
    SELECT c.service_id, true UNION ALL
    SELECT m.service_id, false FROM changes_change_also_affects m WHERE m.change_id = c.id
) x(service_id, is_own)
WHERE c.id = %(change)s::bigint AND c.planned_start_at IS NOT NULL AND c.planned_end_at IS NOT NULL
ON CONFLICT ON CONSTRAINT {EXCLUSION} DO NOTHING
RETURNING is_own
"""  # noqa: S608 a fragment of our own
_RUN = """
WITH turn AS (
    UPDATE changes_queueplace SET left_at = %(now)s, left_because = 'started', look_at = NULL
    WHERE change_id = %(change)s::bigint AND left_at IS NULL
)
UPDATE changes_reservation SET is_running = true WHERE change_id = %(change)s::bigint
"""
_RELEASE = f"""{_LOOK_AGAIN}
DELETE FROM changes_reservation WHERE change_id = %(change)s::bigint
"""  # noqa: S608 a fragment of our own
RELEASING = frozenset({"finish", "roll_back", "revise", "cancel"})


def follow(change: Change, verb: str, *, facts: Facts, source: str, now: datetime) -> None:
    """Let the reservations follow a change that has just moved from `source` by `verb`.

    Raises `Refused` (conflict) when another change has the place to itself in the planned period.
    """
    if verb == "approve":
        _reserve(change, verb, facts=facts, now=now)
    elif verb == "break_glass":
        _reserved(change, now=now)
    elif verb == "start":
        _write(_RUN, change, now=now)
    elif verb == "retry":
        _reserve(change, verb, facts=facts, now=now)
        _write(_RUN, change, now=now)
    elif verb in RELEASING and source in (State.SCHEDULED, State.IMPLEMENTING):
        _write(_RELEASE, change, now=now)


def _reserve(change: Change, verb: str, *, facts: Facts, now: datetime) -> None:
    """The database decides who has the place: of two at once the second is told who was first."""
    if not _reserved(change, now=now):
        known = with_rivals(facts, change=change)
        raise refuse(verb, *rivals.place_is_free_when_planned(known, now), ref=change.ref)


def _reserved(change: Change, *, now: datetime) -> bool:
    """Whether the change has its own place now; without a planned period it needs none."""
    rows = statements.fetched(_RESERVE, {"change": change.pk, "now": now})
    return change.planned_start_at is None or (True,) in rows


def _write(sql: str, change: Change, *, now: datetime) -> None:
    statements.done(sql, {"change": change.pk, "now": now})

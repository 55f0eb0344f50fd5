"""Answers of the gate against what the ledger recorded of them.

An answer's event says all that its row does, so the row needs no digest; and there may be millions
under one subject, so the database compares and tells only what differs.
"""

from collections.abc import Iterator

from django.db import connection

from ledger.verify import Fault

_DIFFERING = """
SELECT e.subject, e.position, e.data->>'decision_id', a.id IS NULL
FROM ledger_event e
LEFT JOIN changes_gateanswer a ON a.id::text = e.data->>'decision_id'
WHERE e.verb IN ('gate.allowed', 'gate.denied', 'gate.waited')
  AND (a.id IS NULL
    OR e.subject <> a.service || '/' || a.environment
    OR e.verb <> CASE a.decision
        WHEN 'allow' THEN 'gate.allowed' WHEN 'deny' THEN 'gate.denied' ELSE 'gate.waited' END
    OR e.actor <> a.asked_by
    OR e.at <> a.at
    OR e.data->>'revision' <> a.revision
    OR e.data->>'artifact' <> a.artifact
    OR e.data->>'run_id' <> a.run_id
    OR e.data->'reasons' <> a.reasons
    OR coalesce(e.data->'would_have', '[]') <> a.would_have
    OR (e.data->>'permit_expires_at')::timestamptz IS DISTINCT FROM a.permit_expires_at
    OR coalesce((SELECT ref FROM unnest(e.about) ref WHERE ref LIKE 'CHG-%%'), '') <> a.change)
ORDER BY e.subject, e.position
"""
_UNHEARD = """
SELECT a.service || '/' || a.environment, a.id::text FROM changes_gateanswer a
WHERE NOT EXISTS (
    SELECT FROM ledger_event e
    WHERE e.verb IN ('gate.allowed', 'gate.denied', 'gate.waited')
      AND e.data->>'decision_id' = a.id::text)
ORDER BY a.at, a.id
"""


def faults() -> Iterator[Fault]:
    """Every answer that was changed, removed or put in behind the ledger. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, [])
        for subject, position, key, gone in cursor:
            done = (
                "is gone from the database"
                if gone
                else f"was changed in the database behind the ledger since event {position}"
            )
            yield Fault(subject, f"{subject} answer {key} {done}.", position)
        cursor.execute(_UNHEARD, [])
        for subject, key in cursor:
            yield Fault(
                subject,
                f"{subject} answer {key} is in the database, but the ledger never heard of it.",
            )

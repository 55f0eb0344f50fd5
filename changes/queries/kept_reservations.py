"""Reservations against the changes they are made from; see Note [Reservations].

They are written with every move of a change, so what they must say is known, and no event needs to
tell it. Which of two has a place to itself depends on who was first, and is not compared.
"""

from collections.abc import Iterator

from django.db import connection

from ledger.verify import Fault

_ODD = """
SELECT r.change_id, s.slug
FROM changes_reservation r
JOIN changes_change c ON c.id = r.change_id
JOIN catalog_service s ON s.id = r.service_id
WHERE c.state NOT IN ('scheduled', 'implementing')
   OR r.environment_id <> c.environment_id
   OR r.kind <> c.kind
   OR r.starts_at IS DISTINCT FROM c.planned_start_at
   OR r.ends_at IS DISTINCT FROM c.planned_end_at
   OR r.is_running <> (c.state = 'implementing')
   OR r.is_own <> (r.service_id = c.service_id)
   OR NOT r.is_own AND NOT EXISTS (
        SELECT FROM changes_change_also_affects m
        WHERE m.change_id = c.id AND m.service_id = r.service_id)
ORDER BY 1, 2
"""
_GONE = """
SELECT c.id, s.slug
FROM changes_change c
CROSS JOIN LATERAL (
    SELECT c.service_id UNION
    SELECT m.service_id FROM changes_change_also_affects m WHERE m.change_id = c.id) x(service_id)
JOIN catalog_service s ON s.id = x.service_id
WHERE c.state IN ('scheduled', 'implementing')
  AND c.planned_start_at IS NOT NULL AND c.planned_end_at IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM changes_reservation r
    WHERE r.change_id = c.id AND r.service_id = x.service_id)
ORDER BY 1, 2
"""
SAYS = {
    _ODD: "does not fit the change: it was changed in the database",
    _GONE: "is gone from the database",
}


def faults() -> Iterator[Fault]:
    """Every reservation that was changed, removed or put in behind the ledger. Two statements."""
    for statement, says in SAYS.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            for number, service in cursor.fetchall():
                ref = f"CHG-{number} reservation {service}"
                yield Fault(ref, f"{ref} {says}.")

"""The open incidents that groups of alerts are part of, each held until the transaction ends.

# Note [Incidents are held in order]
Alerts join an incident, or see that nothing of it fires any more, while nobody else does and nobody
closes it: of two groups that end at once one must see the other's end. Groups that were merged
share an incident, so all that a message touches are held before anything is written, in the order
of their numbers as whoever merges does, and nobody waits in a circle.
"""

from collections.abc import Iterable, Mapping

from django.db import connection

from incidents import queries
from incidents.models import AlertGroup, Incident
from incidents.states import OPEN

FOLDED_AT_MOST = 5
_HOLD = """
SELECT id, state, folded_into_id FROM incidents_incident WHERE id = ANY(%s)
ORDER BY id FOR NO KEY UPDATE
"""


def held(groups: Iterable[AlertGroup]) -> dict[int, Incident]:
    """The open incident of each group that has one, by the group's key.

    Where it was merged, the one that it is part of now. Two statements, and one for each merger.
    """
    leads_to = {one.pk: one.incident_id for one in groups if one.incident_id is not None}
    known: dict[int, tuple[str, int | None]] = {}
    for _ in range(FOLDED_AT_MOST):
        known |= _hold(set(leads_to.values()) - known.keys())
        further = {group: _next(known, number) for group, number in leads_to.items()}
        if further == leads_to:
            break
        leads_to = further
    wanted = {number for number in leads_to.values() if known[number][0] in OPEN}
    rows = {one.pk: one for one in queries.shown().filter(pk__in=wanted)} if wanted else {}
    return {group: rows[number] for group, number in leads_to.items() if number in rows}


def _hold(numbers: Iterable[int]) -> dict[int, tuple[str, int | None]]:
    wanted = sorted(numbers)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [wanted])
        return {number: (state, into) for number, state, into in cursor.fetchall()}


def _next(known: Mapping[int, tuple[str, int | None]], number: int) -> int:
    """Where an incident leads that is over; itself where it leads nowhere."""
    state, into = known.get(number, ("", None))
    return number if state in OPEN or into is None else into

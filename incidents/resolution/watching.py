"""Looking at checks that are due. Which are is written in their rows.

Every open incident has a row for each check that covers its service, made where it lacks one. A
worker takes a row by moving its due time ahead by a lease, and looks without holding a lock. So any
number of workers may look, and of one that was killed only the look is lost.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from catalog import leases
from incidents.lifecycle.verifying import watched
from incidents.models import Incident, ResolutionCheck, ResolutionWatch
from incidents.policies import resolution
from incidents.states import OPEN
from ledger import prometheus
from ledger.fetching import NotFetched

LEASE: Final = timedelta(seconds=45)  # Longer than the longest look.
_SAID = ResolutionWatch._meta.get_field("said").max_length or 0
_WORD = re.compile(r"\$(service|environment)\b")
_BEGIN = """
INSERT INTO incidents_resolutionwatch (incident_id, check_row_id, due_at, word, said, looks)
SELECT i.id, c.id, %(now)s, '', '', 0
FROM incidents_incident i
JOIN catalog_service s ON s.id = i.service_id
JOIN incidents_resolutioncheck c ON c.is_active AND (c.services = '{}' OR s.slug = ANY (c.services))
WHERE i.state = ANY (%(open)s) AND NOT EXISTS (SELECT FROM incidents_resolutionwatch w
    WHERE w.incident_id = i.id AND w.check_row_id = c.id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found; `value` is None where there was no figure."""

    at: datetime
    green: bool
    value: float | None
    word: str
    said: str


def begin(*, now: datetime) -> None:
    """Give every open incident the rows it lacks. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"now": now, "open": [str(state) for state in OPEN]})


def look_at_due(*, now: datetime) -> bool:
    """Look at the check that has been due the longest; False where none is."""
    row = _claimed(now)
    if row is None:
        return False
    _keep(row, look(row.check_row, row.incident, now=now))
    return True


def look(check: ResolutionCheck, incident: Incident, *, now: datetime) -> Seen:
    """What the figure of an incident is now; it always ends with something seen."""
    place = incident.environment.slug if incident.environment else ""
    words = {"service": incident.service.slug, "environment": place}
    query = _WORD.sub(lambda found: words[found[1]], check.query)
    try:
        answer = prometheus.asked(
            query, base_url=check.base_url, bearer="", seconds=check.timeout_seconds
        )
        value = prometheus.figure(answer)
    except NotFetched as problem:
        return Seen(now, False, None, str(problem.word), str(problem))
    green = resolution.is_green(value, comparison=check.comparison, threshold=check.threshold)
    said = f"{value:g}, and must be {check.comparison} {check.threshold:g}."
    return Seen(now, green, value, "green" if green else "red", said)


def _claimed(now: datetime) -> ResolutionWatch | None:
    due = ResolutionWatch.objects.filter(
        due_at__lte=now, incident__state__in=OPEN, check_row__is_active=True
    )
    joined = due.select_related("check_row", "incident__service", "incident__environment")
    return leases.taken(joined, until=now + LEASE)


@transaction.atomic
def _keep(claim: ResolutionWatch, seen: Seen) -> None:
    """Write the look, unless another worker took the row meanwhile."""
    row = ResolutionWatch.objects.select_for_update().get(pk=claim.pk)
    if row.due_at != claim.due_at:
        return
    since = resolution.green_since(watched(claim.check_row, row), green=seen.green, at=seen.at)
    if since == seen.at:
        row.first_value = seen.value
    row.green_since, row.last_at, row.last_value = since, seen.at, seen.value
    row.word, row.said = seen.word, seen.said[:_SAID]
    row.looks += 1
    row.due_at = seen.at + resolution.EVERY
    row.save()

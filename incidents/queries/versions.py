"""Whether anything of an incident changed since somebody looked. One statement."""

from datetime import datetime

from django.db import connection

# A row's `xmin` is the transaction that wrote it as it is: of rows that are added, written anew or
# gone, either their number or the sum differs. Clocks also change by running out.
_ROWS = "(SELECT concat(count(*), '/', sum(xmin::text::bigint)) FROM {table} WHERE {of})"
_OF_INCIDENT = (
    "incidents_incidentclock",
    "incidents_incidentrole",
    "incidents_affectedservice",
    "incidents_timelinenote",
    "incidents_incidenttask",
    "incidents_checklisttick",
    "incidents_alert",
    "incidents_resolutionwatch",
    "incidents_postmortemduty",
)
_PARTS = (
    _ROWS.format(
        table="incidents_incident",
        of="id = %(incident)s OR folded_into_id = %(incident)s OR split_from_id = %(incident)s",
    ),
    *(_ROWS.format(table=table, of="incident_id = %(incident)s") for table in _OF_INCIDENT),
    "(SELECT max(position) FROM ledger_event WHERE subject = %(subject)s)",
    """(SELECT concat(count(*) FILTER (WHERE due_at <= %(now)s), '/',
        count(*) FILTER (WHERE remind_at <= %(now)s))
        FROM incidents_incidentclock WHERE incident_id = %(incident)s AND stopped_at IS NULL)""",
)
_VERSION = f"SELECT md5(concat_ws(' ', {', '.join(_PARTS)}))"


def version(number: int, *, now: datetime) -> str:
    """Another word each time that a row of the incident was written, or a clock ran out.

    What others keep, such as names, checklists and the map of services, is not looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, {"incident": number, "subject": f"INC-{number}", "now": now})
        return str(cursor.fetchone()[0])

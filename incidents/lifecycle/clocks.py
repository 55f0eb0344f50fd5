"""Starting and stopping the clocks of an incident, in the transaction that makes them run or not.

See Note [Clocks of an incident].
"""

from datetime import datetime

from incidents.models import Incident, IncidentClock, SeverityTarget
from incidents.policies import clocks
from incidents.policies.clocks import Target, Times
from incidents.states import OPEN, State

Kind = IncidentClock.Kind


def begin(incident: Incident, *, now: datetime) -> list[IncidentClock]:
    """Start both clocks of an incident that was just declared."""
    return _start(incident, {Kind.RESPOND: incident.declared_at, Kind.UPDATE: now})


def follow(incident: Incident, *, was: State, now: datetime) -> list[IncidentClock]:
    """Stop what a move ends, and start what it begins; answers the rows it wrote."""
    written = []
    if incident.state != State.DECLARED:
        written += stop(incident, Kind.RESPOND, now=now)
    if incident.folded_into_id:
        written += stop(incident, Kind.POSTMORTEM, now=now)
    if incident.state not in OPEN:
        written += stop(incident, Kind.UPDATE, now=now)
    elif was not in OPEN:
        written += _start(incident, {Kind.UPDATE: now})
    return written


def anew(incident: Incident, *, worse: bool, now: datetime) -> list[IncidentClock]:
    """Run by the targets of another severity: a worse one counts from now.

    A postmortem is due when it was due.
    """
    rows = IncidentClock.objects.filter(incident=incident, stopped_at=None)
    running = list(rows.exclude(kind=Kind.POSTMORTEM))
    since = {Kind(row.kind): now if worse else row.started_at for row in running}
    return [*_stopped(running, now=now), *_start(incident, since)]


def updated(
    incident: Incident, *, promised_at: datetime | None, now: datetime
) -> list[IncidentClock]:
    """An update was published: the clock for the next one runs, while the incident is open."""
    stopped = stop(incident, Kind.UPDATE, now=now)
    if incident.state not in OPEN:
        return stopped
    return [*stopped, *_start(incident, {Kind.UPDATE: now}, promised_at=promised_at)]


def stop(incident: Incident, kind: Kind, *, now: datetime) -> list[IncidentClock]:
    """Stop its running clocks of this kind; answers the rows it wrote."""
    running = IncidentClock.objects.filter(incident=incident, kind=kind, stopped_at=None)
    return _stopped(list(running), now=now)


def _stopped(running: list[IncidentClock], *, now: datetime) -> list[IncidentClock]:
    for row in running:
        row.stopped_at = now
        row.save(update_fields=["stopped_at"])
    return running


def _start(
    incident: Incident, since: dict[Kind, datetime], *, promised_at: datetime | None = None
) -> list[IncidentClock]:
    """Nothing runs for a severity that has no target row."""
    row = SeverityTarget.objects.filter(severity=incident.severity).first() if since else None
    if row is None:
        return []
    target = Target(row.respond_within, row.respond_reminder, row.update_every, row.update_reminder)
    return IncidentClock.objects.bulk_create(
        _row(incident, kind, _times(incident, kind, target, begins, promised_at))
        for kind, begins in since.items()
    )


def _times(
    incident: Incident,
    kind: Kind,
    target: Target,
    since: datetime,
    promised_at: datetime | None,
) -> Times:
    if kind is Kind.RESPOND:
        zone = incident.service.owner_team.time_zone
        return clocks.response(target, since=since, zone=zone)
    return clocks.update(target, since=since, promised_at=promised_at)


def _row(incident: Incident, kind: Kind, times: Times) -> IncidentClock:
    return IncidentClock(
        incident=incident,
        kind=kind,
        started_at=times.started_at,
        remind_at=times.remind_at,
        due_at=times.due_at,
    )

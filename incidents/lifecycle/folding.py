"""Merging incidents into one, naming a duplicate, and splitting one in two.

# Note [Folded incidents]
What was declared twice is one outage. The incident that is folded is closed, says into which, and
its ref leads there; its alerts and tasks belong to the other from then on, and what was said of
changes is read with the other's. The other touches its services too, and is as grave, so that what
was held at the gate stays held; and whatever answers the one answers the other. Its own timeline
stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from incidents import queries
from incidents.lifecycle import clocks
from incidents.lifecycle.asking import demand, locked, record, services_named
from incidents.lifecycle.declaring import declare
from incidents.lifecycle.moving import stamps
from incidents.lifecycle.severities import set_severity
from incidents.lifecycle.tasks import next_number, numbered
from incidents.models import AffectedService, Alert, AlertOccurrence, Incident, IncidentTask
from incidents.states import MOVES, State, passed
from ledger import rows

Folded = Incident.Folded
ENDS = {
    Folded.MERGED: "It is part of {into}.",
    Folded.DUPLICATE: "It is a duplicate of {into}.",
}
TOLD = {Folded.MERGED: "incident.merged", Folded.DUPLICATE: "incident.marked_duplicate"}


def merge(*, ref: str, into: str, actor: User | None, now: datetime, note: str = "") -> Incident:
    """Make one incident part of another; answers the other."""
    return _fold(Folded.MERGED, ref=ref, into=into, note=note, actor=actor, now=now)


def mark_duplicate(
    *, ref: str, of: str, actor: User | None, now: datetime, note: str = ""
) -> Incident:
    """Say that an incident was declared twice; answers the one that goes on."""
    return _fold(Folded.DUPLICATE, ref=ref, into=of, note=note, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Part:
    """What is split off: alerts by their keys in the database, tasks by number."""

    alerts: Sequence[int] = ()
    tasks: Sequence[int] = ()


def split(
    *,
    ref: str,
    title: str,
    actor: User | None,
    now: datetime,
    service: Service | None = None,
    severity: int | None = None,
    part: Part | None = None,
) -> Incident:
    """Declare a second incident for what turned out to be another trouble, and move its part."""
    with transaction.atomic():
        _hold_alerts(ref)
        first = locked(ref)
        demand("split", actor=actor, incident=first)
        tasks = [numbered(first, number) for number in (part.tasks if part else ())]
        second = declare(
            title=title,
            service=service or first.service,
            environment=first.environment,
            severity=severity or first.severity,
            onset_at=first.onset_at,
            actor=actor,
            now=now,
        )
        second.split_from = first
        second.save(update_fields=["split_from"])
        left, taken = _move_tasks(tasks, into=second)
        alerts = _split_alerts(first, second, part.alerts if part else ())
        told = {"into": second.ref, "alerts": alerts, "tasks": len(tasks)}
        told_rows = {"rows": left} if left else {}
        record(first, "incident.split", actor=actor, now=now, told={**told, **told_rows})
        told = {"from": first.ref, "alerts": alerts, "tasks": len(tasks)}
        record(second, "incident.split_off", actor=actor, now=now, told=told, beside=taken)
    return second


def _fold(
    how: Incident.Folded, *, ref: str, into: str, note: str, actor: User | None, now: datetime
) -> Incident:
    with transaction.atomic():
        _hold_alerts(ref)
        source, target = _both(ref, into)
        demand("fold", actor=actor, incident=source)
        demand("take_in", actor=actor, incident=target)
        was = State(source.state)
        between = passed("close", source=was)
        words = ENDS[how].format(into=target.ref)
        columns = {
            **stamps(source, "close", (*between, MOVES["close"].target), actor=actor, now=now),
            "state": str(State.CLOSED),
            "closing_note": f"{words} {note.strip()}".strip(),
            "folded_into": target,
            "folded_as": str(how),
        }
        for name, value in columns.items():
            setattr(source, name, value)
        source.save(update_fields=list(columns))
        stopped = clocks.follow(source, was=was, now=now)
        left, taken = _move_tasks(list(IncidentTask.objects.filter(incident=source)), into=target)
        alerts = _move_alerts(source, target)
        told = {"into": target.ref, "as": str(how), "alerts": alerts, "tasks": len(taken)}
        said = {"note": note.strip()} if note.strip() else {}
        beside = {**rows.told({row.ref: row for row in stopped}).get("rows", {}), **left}
        told_rows = {"rows": beside} if beside else {}
        record(source, TOLD[how], actor=actor, now=now, told={**told, **said, **told_rows})
        if source.onset_at < target.onset_at:
            target.onset_at = source.onset_at
            target.save(update_fields=["onset_at"])
        touched = _take_services(source, into=target, now=now)
        told = {"other": source.ref, "as": str(how), "alerts": alerts, "tasks": len(taken)}
        others = [row.service for row in touched]
        record(
            target,
            "incident.took_in",
            actor=actor,
            now=now,
            told={**told, **said, **({"services": [one.slug for one in others]} if others else {})},
            about=services_named(others),
            beside=[*taken, *touched],
        )
        if source.severity < target.severity:
            reason = f"{source.ref}, which is part of it now, was SEV-{source.severity}."
            return set_severity(
                ref=target.ref, severity=source.severity, reason=reason, actor=actor, now=now
            )
    return target


def _take_services(source: Incident, *, into: Incident, now: datetime) -> list[AffectedService]:
    """Let what an incident touches be touched by the other too; answers the rows."""
    rows = AffectedService.objects.select_related("service__owner_team")
    theirs = rows.filter(incident=source, until=None).order_by("id")
    wanted = dict.fromkeys([source.service, *(row.service for row in theirs)])
    known = {row.service: row for row in rows.filter(incident=into)}
    taken = []
    for service in wanted:
        row = known.get(service) or AffectedService(incident=into, service=service, until=now)
        if service != into.service and row.until is not None:
            row.since, row.until = now, None
            row.save()
            taken.append(row)
    return taken


def _both(ref: str, into: str) -> tuple[Incident, Incident]:
    """Both rows, locked in the order of their keys so that two who fold do not wait in a circle."""
    if queries.key_of(ref) == queries.key_of(into):
        raise ValidationError({"into": "Name another incident than this one."})
    try:
        found = {one: locked(one) for one in sorted((ref, into), key=queries.key_of)}
    except Incident.DoesNotExist:
        queries.by_ref(ref)
        raise ValidationError({"into": f"There is no incident {into}."}) from None
    return found[ref], found[into]


def _move_tasks(
    tasks: Sequence[IncidentTask], *, into: Incident
) -> tuple[dict[str, None], list[IncidentTask]]:
    """Number the tasks among the other's; answers the refs they leave, and the rows."""
    left: dict[str, None] = {}
    for place, row in enumerate(tasks, start=next_number(into)):
        left[row.ref] = None
        row.incident, row.number = into, place
        row.save(update_fields=["incident", "number"])
    return left, list(tasks)


def _hold_alerts(ref: str) -> None:
    """Lock the alerts before the incident, as whoever takes alerts in does."""
    rows = Alert.objects.filter(incident=queries.key_of(ref)).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))


def _move_alerts(source: Incident, target: Incident) -> int:
    """Let every alert be part of the other incident; answers how many."""
    AlertOccurrence.objects.filter(incident=source).update(incident=target)
    return Alert.objects.filter(incident=source).update(incident=target)


def _split_alerts(source: Incident, target: Incident, keys: Sequence[int]) -> int:
    """Let these alerts be part of the other incident; they leave their group, which stays."""
    wanted = Alert.objects.filter(incident=source, pk__in=keys)
    missing = set(keys) - set(wanted.values_list("pk", flat=True))
    if missing:
        raise ValidationError({"alerts": f"{source.ref} has no alert {min(missing)}."})
    AlertOccurrence.objects.filter(incident=source, alert__in=keys).update(
        incident=target, group=None
    )
    return wanted.update(incident=target, group=None)

"""Who does what in an incident, and which services it touches."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from incidents.lifecycle.asking import demand, locked, record, services_named
from incidents.models import AffectedService, Incident, IncidentRole

Role = IncidentRole.Role


def assign(
    *, ref: str, role: str, person: User | None, actor: User | None, now: datetime
) -> Incident:
    """Give a role to a person, in place of whoever had it; None takes it from them.

    Giving it to whoever has it changes nothing. Raises `ValidationError` for a robot, an inactive
    user or a role that is none.
    """
    _demand_person(role, person)
    with transaction.atomic():
        incident = locked(ref)
        demand("assign", actor=actor, incident=incident)
        held = IncidentRole.objects.filter(incident=incident, role=role, until=None).first()
        if (held.person_id if held else None) == (person.pk if person else None):
            return incident
        beside = []
        if held is not None:
            held.until = now
            held.save(update_fields=["until"])
            beside.append(held)
        if person is not None:
            row = IncidentRole(
                incident=incident, role=role, person=person, since=now, assigned_by=actor
            )
            row.save(force_insert=True)
            beside.append(row)
        if role == Role.COMMANDER:
            incident.commander = person
            incident.save(update_fields=["commander"])
        verb, told = _told(role, person)
        record(incident, verb, actor=actor, now=now, told=told, beside=beside)
    return incident


def assign_commander(*, ref: str, commander: User, actor: User | None, now: datetime) -> Incident:
    """Put a person in command of an incident."""
    return assign(ref=ref, role=Role.COMMANDER, person=commander, actor=actor, now=now)


def affect(
    *, ref: str, service: Service, actor: User | None, now: datetime, affected: bool = True
) -> Incident:
    """Say that it touches another service too, or no longer. Saying it again changes nothing."""
    with transaction.atomic():
        incident = locked(ref)
        demand("affect", actor=actor, incident=incident)
        if service == incident.service:
            raise ValidationError({"service": f"It was declared on {service.slug}."})
        rows = AffectedService.objects.filter(incident=incident, service=service)
        row = rows.first() or AffectedService(incident=incident, service=service, until=now)
        if (row.until is None) == affected or (row.pk is None and not affected):
            return incident
        row.since, row.until = (now, None) if affected else (row.since, now)
        row.save()
        verb = "incident.service_added" if affected else "incident.service_removed"
        record(
            incident,
            verb,
            actor=actor,
            now=now,
            told={"service": service.slug},
            about=services_named([service]),
            beside=[row],
        )
    return incident


def _demand_person(role: str, person: User | None) -> None:
    if role not in Role.values:
        known = ", ".join(Role.values)
        raise ValidationError({"role": f"“{role}” is no role. Use one of: {known}."})
    if person is not None and (person.is_robot or not person.is_active):
        name = "commander" if role == Role.COMMANDER else "person"
        what = "command" if role == Role.COMMANDER else "do this"
        raise ValidationError({name: f"Choose an active person to {what}."})


def _told(role: str, person: User | None) -> tuple[str, dict[str, str]]:
    """A commander is told of in words of their own, as ever."""
    if person is None:
        return "incident.role_ended", {"role": role}
    if role == Role.COMMANDER:
        return "incident.commander_assigned", {"commander": person.username}
    return "incident.role_assigned", {"role": role, "person": person.username}

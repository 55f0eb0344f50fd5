"""Who does what in an incident."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Incident


def assign_commander(*, ref: str, commander: User, actor: User | None, now: datetime) -> Incident:
    """Put a person in command of an incident.

    Raises `ValidationError` for a robot or an inactive user.
    """
    if commander.is_robot or not commander.is_active:
        raise ValidationError({"commander": "Choose an active person to command."})
    with transaction.atomic():
        incident = locked(ref)
        demand("assign", actor=actor, incident=incident)
        incident.commander = commander
        incident.save(update_fields=["commander"])
        told = {"commander": commander.username}
        record(incident, "incident.commander_assigned", actor=actor, now=now, told=told)
    return incident

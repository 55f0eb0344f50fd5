"""The postmortem that an incident owes: begun with its resolution, met by saying where it stands.

See Note [A postmortem is owed once].
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from catalog.models import User
from incidents.lifecycle import clocks
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Incident, IncidentClock, PostmortemDuty, SeverityTarget
from incidents.policies import resolution
from ledger.decision import Reason, refuse, rfc3339

REMINDER: Final = timedelta(days=1)
WRITTEN: Final = "incident.postmortem_written"
Kind = IncidentClock.Kind


def owe(incident: Incident, *, now: datetime) -> list[Any]:
    """The duty that an incident of its severity begins with its resolution, and its clock.

    # Note [A postmortem is owed once]
    What was resolved, reopened and resolved again owes one, by the first resolution. It is owed
    until somebody says where it stands, whatever becomes of the incident, except that it is merged
    into another; its clock nags a day before and when it is late, like those of answers and
    updates. Empty where nothing is owed, or was already.
    """
    owes = SeverityTarget.objects.filter(severity=incident.severity, owes_postmortem=True)
    if not owes.exists() or PostmortemDuty.objects.filter(incident=incident).exists():
        return []
    due_at = resolution.postmortem_due(now)
    duty = PostmortemDuty.objects.create(incident=incident, since=now, due_at=due_at)
    clock = IncidentClock.objects.create(
        incident=incident,
        kind=Kind.POSTMORTEM,
        started_at=now,
        remind_at=max(now, due_at - REMINDER),
        due_at=due_at,
    )
    return [duty, clock]


def write_postmortem(*, ref: str, address: str, actor: User | None, now: datetime) -> Incident:
    """Say where its postmortem stands, or stands now; its clock stops.

    Raises `Refused` (nothing_owed) where none is owed, and `ValidationError` on `address`.
    """
    address = _checked(address)
    with transaction.atomic():
        incident = locked(ref)
        demand("write_postmortem", actor=actor, incident=incident)
        duty = PostmortemDuty.objects.filter(incident=incident).first()
        if duty is None:
            raise refuse("write_postmortem", _nothing_owed(incident), ref=incident.ref)
        if duty.address == address:
            return incident
        duty.address, duty.written_at, duty.written_by = address, now, actor
        duty.save()
        stopped = clocks.stop(incident, Kind.POSTMORTEM, now=now)
        told = {"address": address, "due_at": rfc3339(duty.due_at)}
        record(incident, WRITTEN, actor=actor, now=now, told=told, beside=[duty, *stopped])
    return incident


def _checked(address: str) -> str:
    found = address.strip()
    try:
        URLValidator(schemes=["https", "http"])(found)
    except ValidationError:
        wrong = "Give the address of the postmortem, such as https://wiki.example.org/inc-7."
        raise ValidationError({"address": wrong}) from None
    if len(found) > PostmortemDuty.LONGEST_ADDRESS:
        raise ValidationError({"address": f"Keep it to {PostmortemDuty.LONGEST_ADDRESS} letters."})
    return found


def _nothing_owed(incident: Incident) -> Reason:
    return Reason(
        "nothing_owed",
        f"{incident.ref} owes no postmortem: its severity asks for none, or it was never resolved.",
        "Write down on its timeline where yours stands.",
        source=incident.ref,
    )

"""Going on leave."""

from datetime import datetime

from django.db import transaction

from catalog.models import User
from changes.leave.recording import found, note_of, period_of, person_of, record
from changes.models import Absence
from changes.policies.delegating import for_whom
from ledger.decision import Decision, Refused


@transaction.atomic
def go(
    *,
    person: str,
    ends_at: datetime,
    actor: User,
    now: datetime,
    starts_at: datetime | None = None,
    note: str = "",
) -> Absence:
    """Say that somebody is on leave; they do not vote then, and are not counted on.

    Raises `ValidationError` for a period or person that cannot be, and `Refused` unless `actor` is
    that person or a change manager.
    """
    away = found(person, field="person")
    reasons = tuple(for_whom(person_of(actor), away.username, what="write the absences"))
    if reasons:
        raise Refused(Decision("absent", reasons), ref="")
    period = period_of(starts_at, ends_at, now=now)
    row = Absence.objects.create(
        person=away,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        note=note_of(note),
        made_by=actor,
        made_at=now,
    )
    record(row, "absence.entered", actor=actor, now=now)
    return row

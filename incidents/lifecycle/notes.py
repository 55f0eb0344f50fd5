"""What people write on the timeline: back-dated, corrected, pinned; nothing is ever lost."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from catalog.models import User
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Incident, TimelineNote
from ledger.decision import rfc3339

LONGEST_TEXT = 20_000


def note(
    *, ref: str, text: str, actor: User | None, now: datetime, at: datetime | None = None
) -> TimelineNote:
    """Write down what happened, now or `at` an earlier time."""
    with transaction.atomic():
        incident = locked(ref)
        demand("note", actor=actor, incident=incident)
        return _write(incident, text=text, at=at, corrects=None, actor=actor, now=now)


def correct(
    *,
    ref: str,
    number: int,
    text: str,
    actor: User | None,
    now: datetime,
    at: datetime | None = None,
) -> TimelineNote:
    """Say what a note should have said; both stay. Without `at` it happened when the note says."""
    with transaction.atomic():
        incident = locked(ref)
        demand("note", actor=actor, incident=incident)
        wrong = numbered(incident, number)
        if hasattr(wrong, "correction"):
            raise ValidationError(
                {"number": f"It was corrected by note {wrong.correction.number}: correct that."}
            )
        then = at or wrong.at
        return _write(incident, text=text, at=then, corrects=wrong, actor=actor, now=now)


def pin(
    *, ref: str, number: int, actor: User | None, now: datetime, pinned: bool = True
) -> TimelineNote:
    """Keep a note at the top for whoever joins, or no longer. Saying it again changes nothing."""
    with transaction.atomic():
        incident = locked(ref)
        demand("pin", actor=actor, incident=incident)
        row = numbered(incident, number)
        if (row.pinned_at is not None) == pinned:
            return row
        row.pinned_at = now if pinned else None
        row.save(update_fields=["pinned_at"])
        verb = "incident.note_pinned" if pinned else "incident.note_unpinned"
        record(incident, verb, actor=actor, now=now, told={"number": number}, beside=[row])
    return row


def numbered(incident: Incident, number: int) -> TimelineNote:
    """A note by its number; raises `ValidationError` where there is none."""
    rows = TimelineNote.objects.filter(incident=incident, number=number)
    row = rows.select_related("correction").first()
    if row is None:
        raise ValidationError({"number": f"{incident.ref} has no note {number}."})
    return row


def _write(
    incident: Incident,
    *,
    text: str,
    at: datetime | None,
    corrects: TimelineNote | None,
    actor: User | None,
    now: datetime,
) -> TimelineNote:
    _demand(text, at, now=now)
    last = TimelineNote.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    row = TimelineNote(
        incident=incident,
        number=(last or 0) + 1,
        at=at or now,
        text=text.strip(),
        written_at=now,
        written_by=actor,
        corrects=corrects,
        pinned_at=corrects.pinned_at if corrects else None,
    )
    row.save(force_insert=True)
    told = {
        "number": row.number,
        "note": row.text,
        **({"happened_at": rfc3339(at)} if at and at != now else {}),
        **({"corrects": corrects.number} if corrects else {}),
    }
    verb = "incident.note_corrected" if corrects else "incident.noted"
    record(incident, verb, actor=actor, now=now, told=told, beside=[row])
    return row


def _demand(text: str, at: datetime | None, *, now: datetime) -> None:
    wrong = {}
    if not text.strip():
        wrong["text"] = "Say what happened."
    elif len(text) > LONGEST_TEXT:
        wrong["text"] = f"Say it in {LONGEST_TEXT} characters at most."
    if at is not None and at > now:
        wrong["at"] = "This lies ahead: write down what has happened."
    if wrong:
        raise ValidationError(wrong)

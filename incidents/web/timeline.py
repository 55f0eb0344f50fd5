"""What happened to an incident, as sentences: the ledger's events and what people wrote. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from incidents.models import TimelineNote
from incidents.web.sentences import sentence
from ledger.models import Event

TONES: Final = {
    "incident.declared": "stop",
    "incident.reopened": "stop",
    "incident.mitigated": "wait",
    "incident.resolved": "go",
    "incident.closed": "go",
    "incident.response_due_soon": "wait",
    "incident.update_due_soon": "wait",
    "incident.response_overdue": "stop",
    "incident.update_overdue": "stop",
    "incident.postmortem_due_soon": "wait",
    "incident.postmortem_overdue": "stop",
    "incident.postmortem_written": "go",
}
# Shown by the note itself.
OF_NOTES: Final = frozenset(
    {
        "incident.noted",
        "incident.note_corrected",
        "incident.note_pinned",
        "incident.note_unpinned",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One event or note. `written_at` where it was written down long after it happened.

    `before` are the words that a note corrects, newest first; `number` is the note's, 0 of none.
    """

    at: datetime
    actor: str
    sentence: str
    verb: str = ""
    tone: str = "plain"
    note: str = ""
    position: int = 0
    digest: str = ""
    number: int = 0
    written_at: datetime | None = None
    pinned: bool = False
    before: tuple[TimelineNote, ...] = ()


def lines(events: Iterable[Event], notes: Iterable[TimelineNote] = ()) -> list[Line]:
    """Events and notes in words, by when they happened, newest first."""
    told = [_event(event) for event in events if event.verb not in OF_NOTES]
    rows = {row.number: row for row in notes}
    told += [_note(row, rows) for row in rows.values() if not hasattr(row, "correction")]
    return sorted(told, key=lambda line: (line.at, line.position, line.number), reverse=True)


def pinned(found: Iterable[Line]) -> list[Line]:
    """The lines that are kept at the top, oldest first."""
    return sorted((line for line in found if line.pinned), key=lambda line: line.at)


def _event(event: Event) -> Line:
    data: dict[str, Any] = event.data
    return Line(
        at=event.at,
        actor="Tidegate" if event.actor == "tidegate" else event.actor,
        sentence=sentence(event.verb, data),
        verb=event.verb,
        tone=TONES.get(event.verb, "plain"),
        note=str(data.get("note") or data.get("message") or ""),
        position=event.position,
        digest=event.digest,
    )


def _note(row: TimelineNote, rows: dict[int, TimelineNote]) -> Line:
    before, corrected = [], row.corrects
    while corrected is not None:
        corrected = rows[corrected.number]
        before.append(corrected)
        corrected = corrected.corrects
    return Line(
        at=row.at,
        actor=row.written_by.label if row.written_by else "Tidegate",
        sentence="",
        note=row.text,
        number=row.number,
        written_at=row.written_at if row.written_at != row.at else None,
        pinned=row.pinned_at is not None,
        before=tuple(before),
    )

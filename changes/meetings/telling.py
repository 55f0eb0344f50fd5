"""Agendas and minutes by mail, in the words of the rows as they stand."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from changes.models import Meeting, Minute
from changes.policies.reasons import moment
from changes.queries import meetings as found
from ledger import letters


def send_agenda(row: Meeting, *, now: datetime) -> None:
    """Every member gets what will be talked about, and by when it should be voted on."""
    _send(row, f"Agenda of {_name(row)}", "\n".join(agenda_words(row)), now=now)


def send_minutes(row: Meeting, *, now: datetime) -> None:
    """Every member gets what was decided and said."""
    _send(row, f"Minutes of {_name(row)}", "\n".join(minutes_words(row)), now=now)


def send_correction(row: Meeting, line: Minute, *, now: datetime) -> None:
    """Every member gets a correction, whole."""
    who = line.written_by.username
    words = (
        f"{line.item.change.ref} {line.item.change.title}",
        f"{who}: {line.text}",
        "",
        _link(row),
    )
    _send(row, f"Correction of the minutes of {_name(row)}", "\n".join(words), now=now)


def agenda_words(row: Meeting) -> Iterator[str]:
    """The agenda as text."""
    yield f"{_name(row)}, {_when(row)}."
    yield ""
    items = found.agenda(row)
    for number, item in enumerate(items, start=1):
        change = item.row.change
        yield f"{number}. {change.ref} {change.title}"
        yield (
            f"   {change.service.slug} → {change.environment.slug}, risk {change.risk_level}, by "
            f"{change.author.username}"
        )
        if change.planned_start_at:
            yield f"   planned {moment(change.planned_start_at, row.board.time_zone)}"
        if item.facts.missing:
            yield f"   lacks {', '.join(item.facts.missing)}"
        if item.row.deferred_from_id:
            yield "   deferred from an earlier meeting"
    if not items:
        yield "Nothing is on it."
    yield ""
    yield _link(row)


def minutes_words(row: Meeting) -> Iterator[str]:
    """The minutes as text."""
    yield f"{_name(row)}, {_when(row)}."
    if row.started_by and row.ended_by:
        yield f"Opened by {row.started_by.username}, closed by {row.ended_by.username}."
    yield ""
    for number, item in enumerate(found.agenda(row), start=1):
        change = item.row.change
        yield f"{number}. {change.ref} {change.title}: {item.row.get_outcome_display().lower()}"
        for vote in item.votes:
            comment = f": {vote.comment}" if vote.comment else ""
            yield f"   {vote.voter.username} {vote.get_decision_display().lower()}{comment}"
        for line in item.row.minutes.all():
            word = " (correction)" if line.is_correction else ""
            yield f"   {line.written_by.username}{word}: {line.text}"
    yield ""
    yield _link(row)


def _send(row: Meeting, heading: str, words: str, *, now: datetime) -> None:
    names = {person.username for person in found.members(row.board)}
    if row.board.chair is not None:
        names.add(row.board.chair.username)
    drafts = [letters.Draft(person, heading, words) for person in letters.reachable(names)]
    letters.send(drafts, subject=row.ref, at=now)


def _name(row: Meeting) -> str:
    return f"{row.board.name} {row.ref}"


def _when(row: Meeting) -> str:
    zone = row.board.time_zone
    return f"{moment(row.starts_at, zone)} to {moment(row.ends_at, zone)}"


def _link(row: Meeting) -> str:
    return settings.TIDEGATE_URL.rstrip("/") + row.get_absolute_url()

"""Verification: recompute every digest of the ledger, and compare today's rows with it.

# Note [Digest of an event]
`content_digest` is SHA-256 over the canonical JSON of {about, actor, at, data, subject, verb}, made
by `ledger.timeline.record`. `digest` is made by the database when it links the event to its
subject's previous one: SHA-256 over the UTF-8 text of four lines without a final line feed:

    subject
    position            decimal, from 1
    previous_digest     64 hex digits; zeros for the first event
    content_digest      64 hex digits

Both are lower-case hex. So no event can be edited, dropped from the middle, moved or put in without
breaking every link after it.

# Note [Digests of rows]
An event's data may carry `row_digest`, the digest of its subject's row as the event left it, and
`rows`, a map of other refs to digests. Such a ref begins with the subject: `CHG-12 vote 7`. A null
for a digest says that the row was deleted, or decides nothing any more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby, islice
from typing import NamedTuple

from django.db import connection, transaction

from ledger.models import Event
from ledger.timeline import content_digest

START = "0" * 64
BATCH = 1000
Rows = Callable[[], Iterable[tuple[str, str]]]
_COLUMNS = (
    "subject",
    "position",
    "about",
    "verb",
    "actor",
    "at",
    "data",
    "content_digest",
    "previous_digest",
    "digest",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows some of which were there before the ledger: only after all were taken up (see
    `ledger.taking_up`) is one that it never heard of a fault."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was recorded; `position` is that of the event, if it is one."""

    ref: str
    message: str
    position: int | None = None


Comparison = Callable[[], Iterable[Fault]]


class Seen:
    """How much was verified so far; told to `progress` every so often."""

    def __init__(self, progress: Callable[["Seen"], None]) -> None:
        self.events = self.subjects = self.rows = self.recorded_rows = 0
        self._progress = progress

    def one_more(self, kind: str) -> None:
        """Count one event or row."""
        setattr(self, kind, getattr(self, kind) + 1)
        if (self.events + self.rows) % 10_000 == 0:
            self._progress(self)


class _Link(NamedTuple):
    """An event as the verification reads it."""

    subject: str
    position: int
    about: list[str]
    verb: str
    actor: str
    at: datetime
    data: dict[str, object]
    content_digest: str
    previous_digest: str
    digest: str


def faults(
    *, rows: Sequence[Rows | Kept], seen: Seen, besides: Sequence[Comparison] = ()
) -> Iterator[Fault]:
    """Everything that is not as it was recorded, in one consistent view of the database.

    `rows` are functions that give (ref, digest of the row now). Reads the ledger as a stream and
    rows in batches, so memory does not grow with them. `besides` are comparisons of other rows.
    """
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        recorded = 0
        for subject, links in groupby(_links(), key=lambda link: link.subject):
            seen.subjects += 1
            refs: dict[str, object] = {}
            yield from _chain_faults(subject, links, refs=refs, seen=seen)
            recorded += sum(digest is not None for digest in refs.values())
        taken_up = Event.objects.filter(verb="ledger.rows_taken_up").exists()
        sources = [one.rows if isinstance(one, Kept) else one for one in rows]
        for one, source in zip(rows, sources, strict=True):
            unheard = taken_up or not isinstance(one, Kept)
            yield from _row_faults(source(), seen=seen, unheard=unheard)
        if rows and recorded != seen.recorded_rows:
            yield from _vanished(sources)
        for compare in besides:
            yield from compare()


def unheard(source: Rows) -> Iterator[tuple[str, str]]:
    """(ref, digest) of the rows that no event tells of."""
    remaining = iter(source())
    while batch := list(islice(remaining, BATCH)):
        last = _last_recorded({ref.partition(" ")[0] for ref, _ in batch})
        for ref, digest in batch:
            if last.get(ref, (None, None))[1] is None:
                yield ref, digest


def link_digest(*, subject: str, position: int, previous: str, content: str) -> str:
    """What the database must have set as an event's `digest`; see Note [Digest of an event]."""
    return sha256(f"{subject}\n{position}\n{previous}\n{content}".encode()).hexdigest()


def _links() -> Iterator[_Link]:
    stored = Event.objects.order_by("subject", "position").values_list(*_COLUMNS)
    return map(_Link._make, stored.iterator(chunk_size=2000))


def _chain_faults(
    subject: str, links: Iterable[_Link], *, refs: dict[str, object], seen: Seen
) -> Iterator[Fault]:
    """The first broken link, and every event that no longer says what was recorded."""
    position, digest, whole = 0, START, True
    for link in links:
        seen.one_more("events")
        refs.update(_digests_in(link))
        if whole and (broken := _break(link, position=position, digest=digest)):
            whole = False
            yield Fault(subject, broken, link.position)
        if link.content_digest != _content(link):
            yield Fault(
                subject,
                f"{subject} event {link.position} ({link.verb}) no longer says what was recorded.",
                link.position,
            )
        position, digest = link.position, link.digest


def _break(link: _Link, *, position: int, digest: str) -> str | None:
    """How a link fails to follow the event at `position` that has `digest`."""
    here = f"{link.subject} event {link.position}"
    if link.position != position + 1:
        gone = f"event {position + 1}" + ("" if link.position == position + 2 else " and more")
        return f"{link.subject} {gone} is missing before event {link.position} ({link.verb})."
    if link.previous_digest != digest:
        return f"{here} ({link.verb}) does not follow event {position}: one was replaced."
    expected = link_digest(
        subject=link.subject,
        position=link.position,
        previous=link.previous_digest,
        content=link.content_digest,
    )
    return None if link.digest == expected else f"{here} ({link.verb}) has a forged digest."


def _content(link: _Link) -> str:
    return content_digest(
        subject=link.subject,
        about=link.about,
        verb=link.verb,
        actor=link.actor,
        at=link.at,
        data=link.data,
    )


def _digests_in(link: _Link) -> dict[str, object]:
    """The rows an event tells of: ref → digest; see Note [Digests of rows]."""
    others = link.data.get("rows") if isinstance(link.data, dict) else None
    found = dict(others) if isinstance(others, dict) else {}
    if isinstance(link.data, dict) and "row_digest" in link.data:
        found[link.subject] = link.data["row_digest"]
    return found


def _row_faults(rows: Iterable[tuple[str, str]], *, seen: Seen, unheard: bool) -> Iterator[Fault]:
    """Rows that differ from their last recorded digest, or (`unheard`) were never heard of."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        last = _last_recorded({ref.partition(" ")[0] for ref, _ in batch})
        for ref, digest in batch:
            seen.one_more("rows")
            event, recorded = last.get(ref, (None, None))
            if event is None:
                if unheard:
                    yield Fault(ref, f"{ref} is in the database, but the ledger never heard of it.")
                continue
            seen.recorded_rows += recorded is not None
            if recorded != digest:
                yield Fault(
                    ref,
                    f"{ref} was changed in the database behind the ledger since event "
                    f"{event.position} ({event.verb}, {event.at:%Y-%m-%d %H:%M:%S} UTC).",
                    event.position,
                )


def _last_recorded(subjects: set[str]) -> dict[str, tuple[_Link, object]]:
    """For every ref that events of the subjects tell of: the last such event and its digest."""
    telling = Event.objects.filter(subject__in=subjects, data__has_any_keys=["row_digest", "rows"])
    last: dict[str, tuple[_Link, object]] = {}
    for link in map(_Link._make, telling.order_by("subject", "position").values_list(*_COLUMNS)):
        for ref, digest in _digests_in(link).items():
            last[ref] = (link, digest)
    return last


def _vanished(rows: Sequence[Rows]) -> Iterator[Fault]:
    """Rows the ledger tells of that are no longer there; read only when the counts differ."""
    there = {ref for source in rows for ref, _ in source()}
    for _, links in groupby(_links(), key=lambda link: link.subject):
        last = {ref: (link, told) for link in links for ref, told in _digests_in(link).items()}
        for ref in sorted(last.keys() - there):
            link, told = last[ref]
            if told is not None:
                yield Fault(ref, f"{ref} is gone from the database.", link.position)

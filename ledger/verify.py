"""Verification: recompute every digest and seal of the ledger, and compare today's rows with it.

# Note [Digests of rows]
An event's data may carry `row_digest`, the digest of its subject's row as the event left it, and
`rows`, a map of other refs to digests. Such a ref begins with the subject: `CHG-12 vote 7`. A null
for a digest says that the row was deleted, or decides nothing any more. Where the history of a
subject is itself not as it was, it proves nothing of rows: they are not compared with it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple

from ledger import chains, keys
from ledger.faults import Fault, Seen
from ledger.models import Event, Seal
from ledger.one_view import one_view
from ledger.seals import PURPOSE, checking

__all__ = ["Comparison", "Fault", "Kept", "Rows", "Seen", "faults", "unheard"]

BATCH = 1000
TAKEN_UP = "ledger.rows_taken_up"
# What was taken up before events said which kinds.
FIRST_KINDS = (
    "windows",
    "listed times",
    "approval rules",
    "policy rules",
    "risk thresholds",
    "templates",
    "locks",
    "catalogue",
)
Rows = Callable[[], Iterable[tuple[str, str]]]
Comparison = Callable[[], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a kind, some of which were there before the ledger heard of the kind: only after all
    of it were taken up (see `ledger.taking_up`) is one that it never heard of a fault."""

    kind: str
    rows: Rows

    def __call__(self) -> Iterable[tuple[str, str]]:
        return self.rows()


class Telling(NamedTuple):
    """An event that tells of rows."""

    subject: str
    position: int
    verb: str
    at: datetime
    data: dict[str, object]


def faults(
    *,
    rows: Sequence[Rows],
    seen: Seen,
    besides: Sequence[Comparison] = (),
    after: Seal | None = None,
    public: checking.PublicKeys | None = None,
) -> Iterator[Fault]:
    """Everything that is not as it was recorded, in one consistent view of the database.

    `rows` are functions that give (ref, digest of the row now). Reads the ledger as a stream and
    rows in batches, so memory does not grow with them. `besides` are comparisons of other rows.
    After a seal that was verified before, only later events and seals are looked at, and rows as
    ever, but those that are gone are not looked for. `public` are the keys of seals that are
    trusted; where left out, those of the database whose private halves are ours.
    """
    with one_view():
        broken = set()
        for fault in _ledger_faults(after=after, public=public, seen=seen):
            broken.add(fault.ref)
            yield fault
        known = taken_up()
        odd = set()
        for source in rows:
            unheard = not isinstance(source, Kept) or source.kind in known
            for fault in _row_faults(source(), seen=seen, unheard=unheard, broken=broken):
                odd.add(fault.ref)
                yield fault
        if rows and after is None and _recorded() != seen.recorded_rows:
            yield from _vanished(rows, broken=broken)
        for compare in besides:
            yield from (one for one in compare() if subject_of(one.ref) not in broken | odd)


def _ledger_faults(
    *, after: Seal | None, public: checking.PublicKeys | None, seen: Seen
) -> Iterator[Fault]:
    """Seals and the events they cover, some seals at a time, and then what is not sealed yet."""
    if public is None:
        trusted = keys.own(purpose=PURPOSE)
        public, seen.notes = trusted.public, list(trusted.notes)
        yield from (Fault("ledger", told) for told in trusted.faults)
    chain = checking.Chain(last=after, public=public)
    number, upto = (after.number, after.last_id) if after else (0, 0)
    for seals in checking.after(number):
        for seal in seals:
            yield from chain.faults(seal)
            seen.seals += 1
        behind, upto = upto, max(upto, seals[-1].last_id)
        yield from chains.faults(after=behind, upto=upto, seen=seen)
        seen.up_to(seals[-1].number)
    before = seen.events
    yield from chains.faults(after=upto, upto=None, seen=seen)
    seen.unsealed = seen.events - before
    yield from checking.record_faults(after=number)


def taken_up() -> set[str]:
    """The kinds of rows that were taken up: see `ledger.taking_up`."""
    told = Event.objects.filter(subject="ledger", verb=TAKEN_UP).values_list(
        "data__kinds", flat=True
    )
    return {kind for kinds in told for kind in (FIRST_KINDS if kinds is None else kinds)}


def unheard(source: Rows) -> Iterator[tuple[str, str]]:
    """(ref, digest) of the rows that no event tells of."""
    remaining = iter(source())
    while batch := list(islice(remaining, BATCH)):
        last = _last_recorded({subject_of(ref) for ref, _ in batch})
        for ref, digest in batch:
            if last.get(ref, (None, None))[1] is None:
                yield ref, digest


def _telling(**narrowed: object) -> Iterator[Telling]:
    """The events that tell of rows, by subject and position."""
    events = Event.objects.filter(data__has_any_keys=["row_digest", "rows"], **narrowed)
    stored = events.order_by("subject", "position").values_list(*Telling._fields)
    return map(Telling._make, stored.iterator(chunk_size=2000))


def _recorded() -> int:
    """How many rows there are, as far as the ledger tells."""
    count = 0
    for _, events in groupby(_telling(), key=lambda event: event.subject):
        refs: dict[str, object] = {}
        for event in events:
            refs.update(_digests_in(event))
        count += sum(digest is not None for digest in refs.values())
    return count


def _digests_in(event: Telling) -> dict[str, object]:
    """The rows an event tells of: ref → digest; see Note [Digests of rows]."""
    others = event.data.get("rows") if isinstance(event.data, dict) else None
    found = dict(others) if isinstance(others, dict) else {}
    if isinstance(event.data, dict) and "row_digest" in event.data:
        found[event.subject] = event.data["row_digest"]
    return found


def _row_faults(
    rows: Iterable[tuple[str, str]], *, seen: Seen, unheard: bool, broken: Set[str]
) -> Iterator[Fault]:
    """Rows that differ from their last recorded digest, or (`unheard`) were never heard of."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        last = _last_recorded({subject_of(ref) for ref, _ in batch})
        for ref, digest in batch:
            seen.one_more("rows")
            event, recorded = last.get(ref, (None, None))
            seen.recorded_rows += recorded is not None
            if subject_of(ref) in broken:
                continue
            if event is None:
                if unheard:
                    yield Fault(ref, f"{ref} is in the database, but the ledger never heard of it.")
            elif recorded != digest:
                yield Fault(
                    ref,
                    f"{ref} was changed in the database behind the ledger since event "
                    f"{event.position} ({event.verb}, {event.at:%Y-%m-%d %H:%M:%S} UTC).",
                    event.position,
                )


def _last_recorded(subjects: set[str]) -> dict[str, tuple[Telling, object]]:
    """For every ref that events of the subjects tell of: the last such event and its digest."""
    last: dict[str, tuple[Telling, object]] = {}
    for event in _telling(subject__in=subjects):
        for ref, digest in _digests_in(event).items():
            last[ref] = (event, digest)
    return last


def _vanished(rows: Sequence[Rows], *, broken: Set[str]) -> Iterator[Fault]:
    """Rows the ledger tells of that are no longer there; read only when the counts differ."""
    there = {ref for source in rows for ref, _ in source()}
    for subject, events in groupby(_telling(), key=lambda event: event.subject):
        last = {ref: (event, told) for event in events for ref, told in _digests_in(event).items()}
        for ref in sorted(last.keys() - there):
            event, told = last[ref]
            if told is not None and subject not in broken:
                yield Fault(ref, f"{ref} is gone from the database.", event.position)


def subject_of(ref: str) -> str:
    """The subject whose events tell of a row: `CHG-12` of `CHG-12 vote 7`."""
    return ref.partition(" ")[0]

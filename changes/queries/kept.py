"""What seldom changes, remembered by a web process between questions to the gate, and verbs.

# Note [What the gate remembers]
Whose a token is, what a service and an environment are, which windows cover them, which incidents
hold them, and the key that signs permits: most of what the gate looks at is the same at every
question, and gathering it costs more than everything else. So it is remembered, together with the
number of `catalog_stamp`, which is another after every transaction that wrote any of it (deferred
triggers, so that no writer can forget it). The statement that gathers the rest reads that number
too, in the same snapshot: where it differs, nothing remembered is used. What most changes have not
(a template, a hold, an override, a rival) costs time even where there is none, so it is only asked
after: where there is any, the whole is gathered. Inside a transaction nothing is remembered, for it
may have written what others do not see; what is recalled there, the lifecycle recalls, which writes
none of it.
A pipeline that waits asks the same again and again, so what a question was told is remembered
with the versions of the rows it came from: while these are the same, so are the facts.
`tests/changes/queries/test_stamped_tables.py` holds every table that is read against this list.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from catalog.models import ApiToken
from changes.policies import Facts
from ledger.keys import SealedKey

MOST = 10_000  # of each sort; then all are forgotten
MOST_FACTS = 5000  # then the oldest are forgotten
Windows = tuple[datetime, Any]


class Here(NamedTuple):
    """What is remembered of a place, for somebody there; `actor` is a user's key."""

    stamp: int
    actor: int
    place: list[Any]


class Told(NamedTuple):
    """What a question was told: of which versions it was `seen`, the facts, and what whoever asks
    notes with them."""

    seen: str
    facts: Facts
    noted: dict[Any, Any]


class Known(NamedTuple):
    """What is remembered of a token and a place."""

    token: ApiToken
    key: SealedKey | None
    here: Here
    facts: dict[bytes, Told]


class _Memory:
    """What was so when the stamp had this number."""

    def __init__(self, stamp: int) -> None:
        self.stamp = stamp
        self.tokens: dict[str, tuple[ApiToken, SealedKey | None]] = {}
        self.places: dict[tuple[str, str], list[Any]] = {}
        self.windows: dict[tuple[Any, ...], Windows] = {}
        self.actors: dict[tuple[int, str], tuple[Any, Any]] = {}
        self.incidents: dict[tuple[int, int], Any] = {}
        self.facts: dict[bytes, Told] = {}

    def is_full(self) -> bool:
        sorts = (self.tokens, self.places, self.windows, self.actors, self.incidents)
        return any(len(known) >= MOST for known in sorts)


_memory = _Memory(0)


def recall(*, digest: str, service: str, environment: str) -> Known | None:
    """What was remembered last; whether it is still so, `settled` tells."""
    memory = _memory
    token, place = memory.tokens.get(digest), memory.places.get((service, environment))
    if token is None or place is None:
        return None
    return Known(*token, Here(memory.stamp, token[0].user_id, place), memory.facts)


def sight(said: bytes) -> bytes:
    """A digest of what PostgreSQL said, to be compared: 16 bytes."""
    return blake2b(said, digest_size=16).digest()


def question(*asked: str) -> bytes:
    """What a question is known by: 16 bytes. No part but the last has a line break."""
    return sight("\n".join(asked).encode())


def keep_facts(known: Known, asked: bytes, told: Told) -> None:
    """Keep what a question was told, with what was known then."""
    if len(known.facts) >= MOST_FACTS:
        known.facts.pop(next(iter(known.facts)))
    known.facts[asked] = told


def recall_place(*, actor: int, service: str, environment: str) -> Here | None:
    """`recall`, for somebody who is known already."""
    memory = _memory
    place = memory.places.get((service, environment))
    if place is None or (actor, place[4]) not in memory.actors:
        return None
    return Here(memory.stamp, actor, place)


def settled(known: Here, stamp: int, *, change: list[Any] | None) -> list[Any] | None:
    """The settled part of the facts, if it is known and the stamp is the one it was known by.

    A change that runs looks at windows since its start, so those must have been remembered before.
    """
    memory = _memory
    if stamp != known.stamp or stamp != memory.stamp:
        return None
    place = known.place
    windows = memory.windows.get(_scope(place, change))
    who = memory.actors.get((known.actor, place[4]))
    if windows is None or who is None:
        return None
    since, there = windows
    started_at = change[18] if change and change[2] == "implementing" else None
    if started_at is not None and datetime.fromisoformat(started_at) < since:
        return None
    return [place, there, *who, memory.incidents[place[0], place[6]]]


def remember(
    stamp: int,
    *,
    actor: int,
    change: list[Any] | None,
    settled: list[Any],
    now: datetime,
) -> None:
    """Keep what one statement gathered at `now`, when the stamp had this number."""
    place, windows, groups, role, incidents = settled
    memory = _at(stamp)
    memory.places[place[1], place[7]] = place
    memory.windows[_scope(place, change)] = (now, windows)
    memory.actors[actor, place[4]] = (groups, role)
    memory.incidents[place[0], place[6]] = incidents


def remember_token(stamp: int, *, digest: str, token: ApiToken, key: SealedKey | None) -> None:
    """Keep whose the token of this digest is, and the key in use."""
    _at(stamp).tokens[digest] = (token, key)


def _at(stamp: int) -> _Memory:
    """What is remembered for this stamp; all else is forgotten."""
    global _memory
    if _memory.stamp != stamp or _memory.is_full():
        _memory = _Memory(stamp)
    return _memory


def _scope(place: list[Any], change: list[Any] | None) -> tuple[Any, ...]:
    """What decides which windows cover a change there: kind, category and risk too."""
    return (place[0], place[6], *((change[1], change[3], change[4]) if change else ()))

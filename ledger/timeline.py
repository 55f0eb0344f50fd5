"""The timeline: recording what happened, in the transaction in which it happens."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import orjson
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from orjson import Fragment

from catalog import at_once, statements
from ledger import wake
from ledger.canonical import sha256_hex, text_of, written
from ledger.models import Event

T = TypeVar("T")
SYSTEM = "tidegate"

# See ledger/migrations/0005: the event, and a delivery to every active subscription that wants it.
_CALL = """ledger_record(
    %(subject)s, %(about)s::text[], %(verb)s, %(actor)s, %(at)s, %(data)s::jsonb, %(digest)s)
"""
_RECORD = f"SELECT {_CALL}"
# What is the same and there already, else what recording answers, else "": somebody was faster.
_ONCE = f"""
SELECT coalesce(
    (SELECT to_json(same)::text FROM same), (SELECT {_CALL}::text FROM beside), '')
FROM so
"""  # noqa: S608 the statement above
# What recording answers: bits that say who is to be woken.
TO_SWEEP, TO_PAGE = 1, 2
TRIES = 5
_THERE = b"{"


def record(
    *,
    subject: str,
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    about: Sequence[str] = (),
) -> None:
    """Write one event and its deliveries, in one statement of the caller's transaction.

    `subject` and `about` are refs: `CHG-12`, `INC-7`, `service:checkout`, `team:payments`; `actor`
    is a username. Waits for other transactions that record to the subject, so record last.
    Raises `TransactionManagementError` outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{verb} on {subject} must be recorded in the transaction that does it. "
            "Use transaction.atomic()."
        )
    _nudge(statements.text(_RECORD, _values(subject, verb, actor, at, data, about)))


class Record(NamedTuple):
    """An event that is yet to be written, with a row beside it: one statement and its values.

    One that is to be written `once` may be there by then. One that `may_lapse` is not written, and
    answers nothing, where what it rests on is so no more.
    """

    subject: str
    sql: str
    values: Mapping[str, Any]
    once: bool = False
    may_lapse: bool = False


class NotSettled(Exception):
    """Others wrote the same again and again meanwhile."""


class NoLongerSo(Exception):
    """What a record rests on is so no more: nothing has been written."""


class So(NamedTuple):
    """A SELECT that answers one row while what a record rests on is so, and its values."""

    sql: str
    values: Mapping[str, Any]


SURELY = So("SELECT", {})


def beside(
    statement: str,
    values: Mapping[str, Any],
    *,
    subject: str,
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    about: Sequence[str] = (),
    unless: str = "",
    so: So = SURELY,
) -> Record:
    """The record of an event beside `statement`, an INSERT with `%(name)s` for its `values`.

    Both are one statement, and so one transaction in one round trip where none is open: for what
    is written very often. `statement` inserts what it selects `FROM so`, which has a row while it
    is `so`, looked at in the same instant; it may use the event's own values, such as `%(at)s`.

    `unless` tells of tables of a WITH of which `same` is the last: what is there already. Then
    `statement` writes nothing where there is one, nor where somebody else wrote first, and answers
    what it wrote; the event is recorded with that or not at all.
    """
    return Record(
        subject,
        _beside(statement, unless=unless, so=so.sql),
        {**so.values, **values, **_values(subject, verb, actor, at, data, about)},
        once=bool(unless),
        may_lapse=so is not SURELY,
    )


@lru_cache(maxsize=32)
def _beside(statement: str, *, unless: str, so: str) -> str:
    """The whole of it: always the same text for the same parts, for it is known by its text."""
    tables = [f"so AS ({so})", *([unless] if unless else []), f"beside AS ({statement})"]
    return f"WITH {', '.join(tables)} {_ONCE if unless else f'{_RECORD} FROM so'}"


def write(record: Record) -> dict[str, Any] | None:
    """Write what `beside` answered, in the caller's transaction or one of its own.

    Answers what is there already, where that keeps it from being written; None otherwise. Raises
    like `heard`.
    """
    for _ in range(TRIES):
        said = statements.text(record.sql, record.values)
        with suppress(NotSettled):
            there = heard(record, said)
            _nudge(said)
            return there
    raise NotSettled(f"{record.subject} was recorded by others {TRIES} times meanwhile.")


def write_while(record: Record, meanwhile: Callable[[], T]) -> T:
    """Write a record in a transaction of its own; the answer is what `meanwhile` does as it is.

    Raises `DatabaseError` where it was not, and like `heard`. Not for one that is to be written
    `once`.
    """
    if connection.queries_logged:
        write(record)
        return meanwhile()
    try:
        at_once.send(connection, [(record.sql, record.values)])
        try:
            found = meanwhile()
        finally:
            said = at_once.heard(connection)
    except DatabaseError:
        connection.close()  # what else was sent over it is not known
        raise
    heard(record, said[0])
    _nudge(said[0])
    return found


def heard(record: Record, said: bytes | None) -> dict[str, Any] | None:
    """What is there already, by what the statement of a record said; None where it was written.

    Raises `NoLongerSo` for one that has lapsed, and `NotSettled` where others wrote the same in
    that instant: then nothing was written.
    """
    if record.may_lapse and said is None:
        raise NoLongerSo(record.subject)
    if record.once and said == b"":
        raise NotSettled(record.subject)
    if said is None or not said.startswith(_THERE):
        return None
    there: dict[str, Any] = orjson.loads(said)
    return there


def woken(said: bytes | None) -> int:
    """Who is to be woken, by what recording said: 0 for nobody, or `TO_SWEEP` and `TO_PAGE`."""
    return 0 if not said or said.startswith(_THERE) else int(said)


def _values(
    subject: str,
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    about: Sequence[str],
) -> dict[str, Any]:
    """What `_RECORD` is told."""
    told = written(data)
    digest = content_digest(subject=subject, about=about, verb=verb, actor=actor, at=at, data=told)
    return {
        "subject": subject,
        "about": list(about),
        "verb": verb,
        "actor": actor,
        "at": at,
        "data": text_of(told),
        "digest": digest,
    }


def _nudge(said: bytes | None) -> None:
    who = woken(said)
    if who & TO_PAGE:
        wake.nudge_paging()
    if who & TO_SWEEP:
        wake.nudge()


def content_digest(
    *,
    subject: str,
    about: Sequence[str],
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any] | Fragment,
) -> str:
    """SHA-256 over what an event says, as 64 hex digits; see Note [Digest of an event]."""
    return sha256_hex(
        {
            "subject": subject,
            "about": list(about),
            "verb": verb,
            "actor": actor,
            "at": at,
            "data": data,
        }
    )


def events_of(*, subject: str) -> QuerySet[Event]:
    """What happened to one subject, oldest first."""
    return Event.objects.filter(subject=subject).order_by("position")


def about(*, ref: str) -> QuerySet[Event]:
    """Every event that names the ref, as its subject or among what it concerns, oldest first."""
    return Event.objects.filter(Q(subject=ref) | Q(about__contains=[ref])).order_by("at", "id")

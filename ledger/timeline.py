"""The timeline: recording what happened, in the transaction in which it happens."""

from collections.abc import Callable, Mapping, Sequence
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
"""  # noqa: S608 the statement above
# What recording answers: bits that say who is to be woken.
TO_SWEEP, TO_PAGE = 1, 2
TRIES = 5


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
    _write(Record(subject, _RECORD, _values(subject, verb, actor, at, data, about)))


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

    def demand_written(self, said: bytes | None) -> None:
        """Raise `NoLongerSo` where the statement, which answered `said`, did not write it."""
        if self.may_lapse and said is None:
            raise NoLongerSo(self.subject)


class NotSettled(Exception):
    """Others wrote the same again and again meanwhile."""


class NoLongerSo(Exception):
    """What a record rests on is so no more: nothing has been written."""


class So(NamedTuple):
    """A SELECT that answers a row while what a record rests on is so, and its values."""

    sql: str
    values: Mapping[str, Any]


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
    so: So | None = None,
) -> Record:
    """The record of an event beside `statement`, an INSERT with `%(name)s` for its `values`.

    Both are one statement, and so one transaction in one round trip where none is open: for what
    is written very often. `statement` may also use the event's own values, such as `%(at)s`.

    `unless` tells of tables of a WITH of which `same` is the last: what is there already. Then
    `statement` writes nothing where there is one, nor where somebody else wrote first, and answers
    what it wrote; the event is recorded with that or not at all.

    `so` is what both rest on, looked at in the same instant; not with `unless`, and `statement` is
    one that a WHERE may follow.
    """
    told = {**values, **_values(subject, verb, actor, at, data, about)}
    if so is not None:
        return Record(subject, _while(so.sql, statement), {**so.values, **told}, may_lapse=True)
    if not unless:
        return Record(subject, f"WITH beside AS ({statement}) {_RECORD}", told)
    return Record(subject, f"WITH {unless}, beside AS ({statement}) {_ONCE}", told, once=True)


def write(record: Record) -> dict[str, Any] | None:
    """Write what `beside` answered, in the caller's transaction or one of its own.

    Answers what is there already, where that keeps it from being written; None otherwise. Raises
    `NoLongerSo` for one that has lapsed.
    """
    if not record.once:
        _write(record)
        return None
    for _ in range(TRIES):
        said = statements.text(record.sql, record.values)
        if said and said.startswith(b"{"):
            there: dict[str, Any] = orjson.loads(said)
            return there
        if said:
            _nudge(said)
            return None
    raise NotSettled(f"{record.subject} was recorded by others {TRIES} times meanwhile.")


def write_while(record: Record, meanwhile: Callable[[], T]) -> T:
    """Write a record in a transaction of its own; the answer is what `meanwhile` does as it is.

    Raises `DatabaseError` where it was not, and like `write`. Not for one that is to be written
    `once`.
    """
    if connection.queries_logged:
        _write(record)
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
    record.demand_written(said[0])
    _nudge(said[0])
    return found


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


def _write(record: Record) -> None:
    said = statements.text(record.sql, record.values)
    record.demand_written(said)
    _nudge(said)


@lru_cache(maxsize=16)
def _while(so: str, statement: str) -> str:
    """The statement that records while there is a row of `so`."""
    beside = f"{statement} WHERE EXISTS (SELECT FROM so)"
    return f"WITH so AS ({so}), beside AS ({beside}) {_RECORD} FROM so"


def _nudge(said: bytes | None) -> None:
    woken = int(said or 0)
    if woken & TO_PAGE:
        wake.nudge_paging()
    if woken & TO_SWEEP:
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

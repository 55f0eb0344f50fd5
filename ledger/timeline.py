"""The timeline: recording what happened, in the transaction in which it happens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from orjson import Fragment

from catalog import statements
from ledger import wake
from ledger.canonical import sha256_hex, text_of, written
from ledger.models import Event

SYSTEM = "tidegate"

# See ledger/migrations/0005: the event, and a delivery to every active subscription that wants it.
_RECORD = """
SELECT ledger_record(
    %(subject)s, %(about)s::text[], %(verb)s, %(actor)s, %(at)s, %(data)s::jsonb, %(digest)s)
"""
NO_DELIVERIES = b"0"


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
    _write(_RECORD, _values(subject, verb, actor, at, data, about))


class Record(NamedTuple):
    """An event that is yet to be written, with a row beside it: one statement and its values."""

    subject: str
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
) -> Record:
    """The record of an event beside `statement`, an INSERT with `%(name)s` for its `values`.

    Both are one statement, and so one transaction in one round trip where none is open: for what
    is written very often. `statement` may also use the event's own values, such as `%(at)s`.
    """
    event = _values(subject, verb, actor, at, data, about)
    return Record(subject, f"WITH beside AS ({statement}) {_RECORD}", {**values, **event})


def write(record: Record) -> None:
    """Write what `beside` answered, in the caller's transaction or one of its own."""
    _write(record.sql, record.values)


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


def _write(sql: str, values: Mapping[str, Any]) -> None:
    if statements.text(sql, values) != NO_DELIVERIES:
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

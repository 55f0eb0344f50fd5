"""The log of the gate: filters, and one page at a time, newest first."""

import base64
import binascii
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from changes.models import GateAnswer


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What the log is narrowed to; empty means everything. `since` and `until` are half-open."""

    decision: str = ""
    service: str = ""
    environment: str = ""
    change: str = ""
    asked_by: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def any(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class LogPage:
    """Part of the log; a cursor is empty where nothing lies beyond it."""

    rows: list[GateAnswer]
    newer: str
    older: str


def page(*, filters: LogFilters, cursor: str, limit: int) -> LogPage:
    """At most `limit` answers, by key: page 10,000 costs what the first does. One statement.

    Raises `ValidationError` for a cursor never handed out.
    """
    rows = _narrowed(filters)
    if not cursor:
        found = list(rows.order_by("-at", "-id")[: limit + 1])
        return _page(found[:limit], newer=False, older=len(found) > limit)
    newer, at, key = _read(cursor)
    if newer:
        beyond = rows.filter(Q(at__gte=at) & (Q(at__gt=at) | Q(id__gt=key)))
        found = list(beyond.order_by("at", "id")[: limit + 1])
        return _page(found[:limit][::-1], newer=len(found) > limit, older=True)
    beyond = rows.filter(Q(at__lte=at) & (Q(at__lt=at) | Q(id__lt=key)))
    found = list(beyond.order_by("-at", "-id")[: limit + 1])
    return _page(found[:limit], newer=True, older=len(found) > limit)


def _narrowed(filters: LogFilters) -> QuerySet[GateAnswer]:
    rows = GateAnswer.objects.all()
    for name in ("decision", "service", "environment", "change", "asked_by"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    return rows.filter(at__lt=filters.until) if filters.until else rows


def _page(rows: list[GateAnswer], *, newer: bool, older: bool) -> LogPage:
    return LogPage(
        rows,
        newer=_written(rows[0], newer=True) if rows and newer else "",
        older=_written(rows[-1], newer=False) if rows and older else "",
    )


def _written(row: GateAnswer, *, newer: bool) -> str:
    plain = f"{'n' if newer else 'o'}{row.at.isoformat()}~{row.id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, datetime, UUID]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        at, _, key = plain[1:].partition("~")
        instant = datetime.fromisoformat(at)
        if plain[0] not in "no" or instant.tzinfo is None:
            raise ValueError(plain)
        return plain[0] == "n", instant, UUID(key)
    except (ValueError, IndexError, binascii.Error) as problem:
        sentence = "This page of the log is unknown. Start from the newest."
        raise ValidationError({"cursor": sentence}) from problem

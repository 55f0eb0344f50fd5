"""Cursors: where a page of a list ended, as opaque text that programs hand back."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from changes.queries.listed import Listed


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row a page borders on, and whether the page lies on its `newer` side.

    `planned` is the row's planned start in a list that runs by it, else None.
    """

    newer: bool
    id: int
    planned: datetime | None = None


def written(row: Listed, *, newer: bool, by_plan: bool) -> str:
    """The cursor for the page on one side of a row."""
    planned = row.planned_start_at.isoformat() if by_plan and row.planned_start_at else ""
    plain = f"{'n' if newer else 'o'}{row.id}~{planned}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read(text: str, *, by_plan: bool) -> Cursor:
    """What a cursor says; raises `ValidationError` for one never handed out for such a list."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        side, (number, _, planned) = _parts(base64.b64decode(padded, altchars=b"-_", validate=True))
        cursor = Cursor(
            newer={"n": True, "o": False}[side],
            id=int(number),
            planned=datetime.fromisoformat(planned) if by_plan else None,
        )
    except (ValueError, KeyError, IndexError, binascii.Error) as problem:
        raise _unknown() from problem
    naive = cursor.planned is not None and cursor.planned.tzinfo is None
    if naive or bool(planned) != by_plan or not 0 < cursor.id < 2**63:
        raise _unknown()
    return cursor


def _parts(plain: bytes) -> tuple[str, tuple[str, str, str]]:
    text = plain.decode("ascii")
    return text[0], text[1:].partition("~")


def _unknown() -> ValidationError:
    return ValidationError({"cursor": "This cursor is unknown. Start from the first page."})

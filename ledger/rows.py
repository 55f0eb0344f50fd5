"""Digests of rows: what an event records of a row, to tell later whether it is still the same."""

from collections.abc import Iterator, Mapping
from datetime import time
from functools import lru_cache
from typing import Any

from django.db.models import Model, QuerySet

from ledger.canonical import sha256_hex

AT_ONCE = 2000
_NOTHING: tuple[object, ...] = (None, "", [], {})


def digest(row: Model, *, besides: Mapping[str, Any] | None = None) -> str:
    """SHA-256 over what the row says: every column but those that stand as they begin.

    A column that is added later says of old rows what it begins with, and so changes no digest; a
    default that is changed later would. `besides` is what rows of other tables say of it, such as
    the members of a team.
    """
    told = {}
    for name, begins in _columns(type(row)):
        value = getattr(row, name)
        if value not in begins:
            told[name] = value.isoformat() if isinstance(value, time) else value
    return sha256_hex({**told, **(besides or {})})


@lru_cache
def _columns(model: type[Model]) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """Each column with the values it begins with: its default or, where it has none, nothing."""
    return tuple(
        (field.attname, (field.get_default(),) if field.has_default() else _NOTHING)
        for field in model._meta.concrete_fields
    )


def told(rows: Mapping[str, Model]) -> dict[str, dict[str, str]]:
    """What an event's data tells of other rows than its subject's, by ref."""
    return {"rows": {ref: digest(row) for ref, row in rows.items()}} if rows else {}


def streamed(rows: "QuerySet[Any]") -> Iterator[Any]:
    """All of them by key, a few at a time in memory."""
    return iter(rows.order_by("pk").iterator(chunk_size=AT_ONCE))

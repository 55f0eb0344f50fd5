"""Writing rows by statements that are planned once; see Note [Planned once].

The ORM composes an INSERT or UPDATE at every call, which takes longer than PostgreSQL takes to do
it. These are composed once for the columns they write; fields prepare their values as ever.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from catalog import statements

Fields = tuple[Any, ...]


def insert(*rows: Model) -> None:
    """Put in new rows of one model, every column of them, and give them their keys.

    One statement. What only the database has a default for is left to it, and not read back.
    """
    if not rows:
        return
    fields = _given(rows[0])
    values = {
        f"{column}_{number}": value
        for number, row in enumerate(rows)
        for column, value in _values(row, fields).items()
    }
    keys = statements.fetched(_insert(type(rows[0]), fields, len(rows)), values)
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def update(row: Model, names: Iterable[str], *, only: str = "", was: str = "") -> bool:
    """Write these fields of a row, while its text column `only` still is what it `was`.

    False where there is no such row any more. One statement.
    """
    fields = tuple(row._meta.get_field(name) for name in dict.fromkeys(names))
    values = {**_values(row, fields), "the_key": row.pk, "it_was": was}
    return bool(statements.fetched(_update(type(row), fields, only), values))


def _given(row: Model) -> Fields:
    return tuple(
        field
        for field in row._meta.concrete_fields
        if not field.primary_key and not hasattr(getattr(row, field.attname), "resolve_expression")
    )


def _values(row: Model, fields: Sequence[Any]) -> dict[str, Any]:
    return {
        field.column: field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
    }


@lru_cache(maxsize=64)
def _insert(model: type[Model], fields: Fields, several: int) -> str:
    columns = ", ".join(f'"{field.column}"' for field in fields)
    rows = ", ".join(
        f"({', '.join(f'%({field.column}_{number})s' for field in fields)})"
        for number in range(several)
    )
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {rows} RETURNING id'  # noqa: S608


@lru_cache(maxsize=64)
def _update(model: type[Model], fields: Fields, only: str) -> str:
    sets = ", ".join(f'"{field.column}" = %({field.column})s' for field in fields)
    still = f'AND "{only}" = %(it_was)s' if only else ""
    return f"""
UPDATE "{model._meta.db_table}" SET {sets} WHERE id = %(the_key)s {still} RETURNING true
"""  # noqa: S608 names of our own models

"""Rows on their way into PostgreSQL: collected by table, sent by COPY."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
import psycopg
from django.apps import apps
from django.db import models
from psycopg import sql


class Rows:
    """Rows of many tables, in the order they were added."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, table: str, **values: Any) -> None:
        """One row, by column; where a model has more columns, they are as in a new row."""
        whole = {**_as_new(table), **values}
        self._tables[table, tuple(whole)].append(tuple(whole.values()))

    def add_model(self, row: models.Model) -> None:
        """One row of a model, every column; it has its key."""
        columns = row._meta.concrete_fields
        self._tables[row._meta.db_table, tuple(field.column for field in columns)].append(
            tuple(_plain(field, getattr(row, field.attname)) for field in columns)
        )

    def copy_into(self, connection: psycopg.Connection[Any]) -> int:
        """Send everything, and forget it; answers how many rows there were."""
        sent = 0
        with connection.cursor() as cursor:
            for (table, columns), rows in self._tables.items():
                command = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with cursor.copy(command) as copy:
                    for row in rows:
                        copy.write_row(row)
                sent += len(rows)
        self._tables.clear()
        return sent


def compact(value: Any) -> str:
    """JSON for a jsonb column."""
    return orjson.dumps(value).decode()


@cache
def _as_new(table: str) -> Mapping[str, Any]:
    """What the columns of a model's table hold in a new row, but for its key."""
    named = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    columns = named[table]._meta.concrete_fields
    return {one.column: _plain(one, one.get_default()) for one in columns if not one.primary_key}


def _plain(field: Any, value: Any) -> Any:
    return compact(value) if isinstance(field, models.JSONField) else value


def numbered(start: int, count: int, size: int) -> Iterable[range]:
    """`range`s that cover `count` numbers from `start`, at most `size` each."""
    end = start + count
    return (range(first, min(first + size, end)) for first in range(start, end, size))

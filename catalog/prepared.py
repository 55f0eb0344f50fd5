"""Rows of a model by a statement that is planned once; see Note [Planned once].

Composing a query with the ORM and having it planned costs more than its answer, for the few queries
that every write and every answer over REST asks. These are written once, and everything else is
the model's own: columns, converters, instances.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

from catalog import statements

M = TypeVar("M", bound=Model)


class Prepared(Generic[M]):
    """`rows(pk=7)`: instances of a model, with the rows that some of its foreign keys point to.

    `where` says which in SQL: the model's table is `t`, those joined are called as their field, and
    values come by name, as `%(name)s::type`. `ending` follows it: an order, a lock.
    """

    def __init__(self, model: type[M], *joined: str, where: str, ending: str = "") -> None:
        self._reader = _Reader(model)
        self._joined = [(name, _Reader(_key(model, name).related_model)) for name in joined]
        columns = [f't."{column}"' for column in self._reader.columns]
        tables = [f'"{model._meta.db_table}" t']
        for name, other in self._joined:
            columns += [f'"{name}"."{column}"' for column in other.columns]
            key = _key(model, name)
            kind = "LEFT JOIN" if key.null else "JOIN"
            on = f'"{name}".id = t."{key.column}"'
            tables.append(f'{kind} "{other.model._meta.db_table}" "{name}" ON {on}')
        self._sql = f"SELECT {', '.join(columns)} FROM {' '.join(tables)} WHERE {where} {ending}"  # noqa: S608

    def rows(self, **values: Any) -> list[M]:
        """The instances; one statement."""
        return [self._instance(row) for row in statements.fetched(self._sql, values)]

    def first(self, **values: Any) -> M | None:
        """The first of them, if there is one."""
        return next(iter(self.rows(**values)), None)

    def _instance(self, row: Sequence[Any]) -> M:
        at = len(self._reader.columns)
        found: M = self._reader.made(row[:at])
        for name, other in self._joined:
            part = row[at : at + len(other.columns)]
            found._state.fields_cache[name] = other.made(part) if part[0] is not None else None
            at += len(part)
        return found


class _Reader:
    """Makes instances of a model from its columns, in their order."""

    def __init__(self, model: type[Model]) -> None:
        fields: list[Any] = list(model._meta.concrete_fields)
        self.model = model
        self.columns = [field.column for field in fields]
        self._names = [field.attname for field in fields]
        # Only some fields have a way of their own to read a value.
        self._own_ways = [
            (at, field.from_db_value)
            for at, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def made(self, row: Sequence[Any]) -> Any:
        """The instance whose columns these are."""
        values = list(row)
        for at, read in self._own_ways:
            values[at] = read(values[at], None, connection)
        return self.model.from_db("default", self._names, values)


def _key(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)

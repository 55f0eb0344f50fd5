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
        self._model = model
        self._fields = _concrete(model)
        self._joined: list[tuple[str, Any]] = [
            (name, _key(model, name).related_model) for name in joined
        ]
        self._widths = [len(self._fields)]
        columns = [f't."{field.column}"' for field in self._fields]
        tables = [f'"{model._meta.db_table}" t']
        for name, other in self._joined:
            fields = _concrete(other)
            self._widths.append(len(fields))
            columns += [f'"{name}"."{field.column}"' for field in fields]
            key = _key(model, name)
            kind = "LEFT JOIN" if key.null else "JOIN"
            on = f'"{name}".id = t."{key.column}"'
            tables.append(f'{kind} "{other._meta.db_table}" "{name}" ON {on}')
        self._sql = f"SELECT {', '.join(columns)} FROM {' '.join(tables)} WHERE {where} {ending}"  # noqa: S608

    def rows(self, **values: Any) -> list[M]:
        """The instances; one statement."""
        return [self._instance(row) for row in statements.fetched(self._sql, values)]

    def first(self, **values: Any) -> M | None:
        """The first of them, if there is one."""
        return next(iter(self.rows(**values)), None)

    def _instance(self, row: Sequence[Any]) -> M:
        width = self._widths[0]
        found = _made(self._model, self._fields, row[:width])
        at = width
        for (name, other), width in zip(self._joined, self._widths[1:], strict=True):
            part = row[at : at + width]
            related = _made(other, _concrete(other), part) if part[0] is not None else None
            found._state.fields_cache[name] = related
            at += width
        return found


def _key(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


def _concrete(model: type[Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


def _made(model: type[M], fields: list[Any], row: Sequence[Any]) -> M:
    names = [field.attname for field in fields]
    return model.from_db("default", names, [_read(*one) for one in zip(fields, row, strict=True)])


def _read(field: Any, value: Any) -> Any:
    """The value as the field reads it; only some fields have a way of their own."""
    convert = getattr(field, "from_db_value", None)
    return value if convert is None else convert(value, None, connection)

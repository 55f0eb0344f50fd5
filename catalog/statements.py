"""Statements asked at every request: PostgreSQL plans them once for each connection.

# Note [Planned once]
Django writes the parameters into a statement, so PostgreSQL plans it at every call. For what every
request asks, that is most of the cost: the facts of the gate take 1.4 ms planned each time and
0.35 ms planned once, the token 0.4 ms through the ORM and 0.1 ms here. Behind a pooler that lends
connections by transaction, PREPARED_STATEMENTS is off: slower, and no different.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from itertools import count
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

_VALUE = re.compile(r"%\((\w+)\)s")
_PREPARED_AT_MOST = 100
_ESCAPED = str.maketrans({'"': r"\"", "\\": r"\\"})
_WRITERS: dict[type, Callable[[Any], Any]] = {
    str: str.encode,
    int: b"%d".__mod__,
    datetime: lambda at: at.isoformat().encode(),
    type(None): lambda none: none,
}
# The statements each connection has prepared: their text → the name PostgreSQL knows it by.
_numbers = count()
_prepared: WeakKeyDictionary[Any, dict[bytes, bytes]] = WeakKeyDictionary()


class Link(Protocol):
    """A way to ask PostgreSQL: this module, for one."""

    def text(self, sql: str, values: Mapping[str, Any]) -> bytes | None:
        """One text at most."""

    def done(self, sql: str, values: Mapping[str, Any]) -> None:
        """For a statement that writes and answers nothing."""


def fetched(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What the statement answers. Its text, with `%(name)s` for values, is the same at every call.

    The server reads the values, so one whose type the statement does not tell is cast in it. While
    statements are being logged it goes Django's usual way, to be written down and counted.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.queries_logged:
        return _logged(wrapper, sql, values)
    result = _result(wrapper, sql, values)
    types = Transformer(wrapper.connection)
    types.set_pgresult(result)
    rows: list[tuple[Any, ...]] = types.load_rows(0, result.ntuples, tuple)
    return rows


def done(sql: str, values: Mapping[str, Any]) -> None:
    """`fetched`, for a statement that writes and answers nothing."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.queries_logged:
        with wrapper.cursor() as cursor:
            cursor.execute(sql, values)
    else:
        _result(wrapper, sql, values)


def text(sql: str, values: Mapping[str, Any]) -> bytes | None:
    """`fetched`, for one text at most: what PostgreSQL sent, without reading it as a value."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.queries_logged:
        rows = _logged(wrapper, sql, values)
        return str(rows[0][0]).encode() if rows else None
    result = _result(wrapper, sql, values)
    found: bytes | None = result.get_value(0, 0) if result.ntuples else None
    return found


def _logged(wrapper: Any, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with wrapper.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _result(wrapper: Any, sql: str, values: Mapping[str, Any]) -> Any:
    """What one round trip brings; psycopg's cursor would take as long again to wrap it."""
    wrapper.close_if_health_check_failed()
    if wrapper.connection is None:
        wrapper.ensure_connection()
    link = wrapper.connection
    with wrapper.wrap_database_errors:
        protocol = link.pgconn
        if link.prepare_threshold is None:
            statement, names = _numbered(sql)
            given = [values[name] for name in names]
            return psycopg.RawCursor(link).execute(statement, given).pgresult
        if not link.autocommit and protocol.transaction_status == pq.TransactionStatus.IDLE:
            sound(link, protocol.exec_(b"BEGIN"))  # as psycopg would before its own statements
        return sound(link, protocol.exec_prepared(*prepared(link, sql, values)))


def prepared(link: Any, sql: str, values: Mapping[str, Any]) -> tuple[bytes, list[Any]]:
    """The statement's name on this connection, and its values as they are sent."""
    statement, names = _numbered(sql)
    others, given = partial(_text, link), map(values.__getitem__, names)
    told = [_WRITERS.get(type(value), others)(value) for value in given]
    return _name(link, link.pgconn, statement), told


def _text(link: Any, value: Any) -> Any:
    """The value as PostgreSQL reads it, looking up how where we do not know."""
    if isinstance(value, str):
        return str.encode(value)
    if isinstance(value, list) and all(type(one) is str for one in value):
        return _array(value)
    return Transformer(link).dump_sequence([value], [PyFormat.TEXT])[0]


def _array(texts: list[str]) -> bytes:
    """An array of texts as PostgreSQL reads one."""
    said = ",".join(f'"{one.translate(_ESCAPED)}"' for one in texts)
    return f"{{{said}}}".encode()


def _name(link: Any, protocol: Any, statement: bytes) -> bytes:
    """The name by which this connection knows the statement; prepares it the first time."""
    known = _prepared.setdefault(link, {})
    if (name := known.get(statement)) is None:
        if len(known) == _PREPARED_AT_MOST:
            forgotten = known.pop(next(iter(known)))
            sound(link, protocol.exec_(b"DEALLOCATE " + forgotten))
        name = b"tidegate_%d" % next(_numbers)
        sound(link, protocol.prepare(name, statement))
        known[statement] = name
    return name


def sound(link: Any, result: Any) -> Any:
    """The result, unless it is an error, which is raised as psycopg's."""
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result, link.info.encoding)
    return result


@lru_cache(maxsize=128)
def _numbered(sql: str) -> tuple[Any, tuple[str, ...]]:
    """The statement as PostgreSQL takes it, with $1, $2 …, and whose values those are.

    psycopg would find the names again at every call in statements as long as the gate's (0.1 ms).
    """
    names = tuple(dict.fromkeys(_VALUE.findall(sql)))
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _VALUE.sub(lambda found: numbers[found[1]], sql).encode(), names

"""Loading without indexes and foreign keys: they are dropped, and made again over all rows at once.

Made again, a foreign key is verified by PostgreSQL over every row; check constraints are never
dropped, and COPY obeys them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relname = ANY(%s)
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
ORDER BY 1
"""
_CONSTRAINTS = """
SELECT k.conname, t.relname, pg_get_constraintdef(k.oid) FROM pg_constraint k
JOIN pg_class t ON t.oid = k.conrelid
WHERE t.relname = ANY(%s) AND k.contype IN ('f', 'u') ORDER BY k.contype DESC, 1
"""
TABLES = (
    "changes_change",
    "changes_change_also_affects",
    "changes_check",
    "changes_deployment",
    "changes_gateanswer",
    "changes_planversion",
    "changes_requirement",
    "changes_searchtext",
    "changes_vote",
    "incidents_incident",
    "ledger_event",
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """What was taken off: (name, statement that makes it again)."""

    again: tuple[tuple[str, str], ...]


def strip(connection: psycopg.Connection[Any]) -> Stripped:
    """Drop the secondary indexes, unique constraints and foreign keys of the tables loaded."""
    indexes = connection.execute(_INDEXES, [list(TABLES)]).fetchall()
    constraints = connection.execute(_CONSTRAINTS, [list(TABLES)]).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for name, table, _ in constraints:
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
    return Stripped(
        tuple((name, statement) for name, statement in indexes)
        + tuple(
            (name, f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {statement}')
            for name, table, statement in constraints
        )
    )


def restore(
    connection: psycopg.Connection[Any], stripped: Stripped, *, progress: Callable[[str], None]
) -> None:
    """Make everything again; PostgreSQL raises if a row breaks a constraint."""
    connection.execute("SET maintenance_work_mem = '512MB'")
    for name, statement in stripped.again:
        progress(name)
        connection.execute(statement.encode())

"""The role that web, worker and beat work as: it cannot change or remove what was recorded."""

from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.errors import DuplicateObject, UniqueViolation

APPEND_ONLY = ("ledger_event", "ledger_seal")
MIGRATIONS = "django_migrations"
LOCK = 7_316_201


class RoleMissing(Exception):
    """The owner may not make the role, or not become it; the text says what to ask for."""


def grant(*, role: str) -> None:
    """Give `role` what the application needs, and take the rest away; run after each migration.

    Rows of every table may be read and written, except that those of the ledger are only read and
    added. The owner may become the role. Raises `RoleMissing`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _create(cursor, role)
        _run(cursor, "GRANT USAGE ON SCHEMA public TO {role}", role)
        _run(cursor, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role)
        _run(
            cursor,
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            role,
        )
        _run(cursor, "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}", role)
        for table in _present(cursor, *APPEND_ONLY):
            _run(cursor, "REVOKE UPDATE, DELETE ON {table} FROM {role}", role, table=table)
        _run(cursor, "REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}", role, MIGRATIONS)


def _create(cursor: CursorWrapper, role: str) -> None:
    """Make the role where it is missing, and the owner a member of it."""
    try:
        with transaction.atomic():
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                _make(cursor, role)
            cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role])
            if not cursor.fetchone()[0]:
                _run(cursor, "GRANT {role} TO CURRENT_USER", role)
    except ProgrammingError:
        owner = connection.settings_dict["USER"] or "the owner"
        raise RoleMissing(
            f"The database's user may not make or become the role {role}. Ask its administrator "
            f"for: CREATE ROLE {role} LOGIN; GRANT {role} TO {owner};"
        ) from None


def _make(cursor: CursorWrapper, role: str) -> None:
    """Make the role, unless another database of this server does so just now: roles are for all."""
    try:
        with transaction.atomic():
            _run(cursor, "CREATE ROLE {role} LOGIN", role)
    except (IntegrityError, ProgrammingError) as problem:
        if not isinstance(problem.__cause__, UniqueViolation | DuplicateObject):
            raise


def _present(cursor: CursorWrapper, *tables: str) -> list[str]:
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)",
        [list(tables)],
    )
    return [table for (table,) in cursor.fetchall()]


def _run(cursor: CursorWrapper, statement: str, role: str, table: str = "") -> None:
    """Run a statement whose names are quoted as names."""
    names = {"role": sql.Identifier(role), "table": sql.Identifier(table or "none")}
    cursor.execute(sql.SQL(statement).format(**names))

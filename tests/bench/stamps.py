"""What a generated database says of itself, so that it is made again only when it must be."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
VERSION = 1
_TABLE = "CREATE TABLE bench_stamp (version int, migrations jsonb, good_until timestamptz)"


def write(connection: psycopg.Connection[Any], *, good_until: datetime) -> None:
    """Stamp a database that is whole."""
    connection.execute(_TABLE)
    connection.execute(
        "INSERT INTO bench_stamp VALUES (%s, %s, %s)",
        [VERSION, json.dumps(_migrations()), good_until],
    )


def fits(connection: psycopg.Connection[Any]) -> bool:
    """Whether the rows are whole, of this version, still good, and of tables not made otherwise.

    A migration that has come since is no reason to begin again; one that was rewritten is.
    """
    there = connection.execute("SELECT to_regclass('bench_stamp')").fetchone()
    if there is None or there[0] is None:
        return False
    stamp = connection.execute("SELECT version, migrations, good_until FROM bench_stamp").fetchone()
    if stamp is None:
        return False
    version, migrations, good_until = stamp
    return bool(
        version == VERSION
        and datetime.now(UTC) < good_until
        and migrations.items() <= _migrations().items()
    )


def _migrations() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(ROOT.glob("*/migrations/0*.py"))
    }

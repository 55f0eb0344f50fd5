"""One database with every migration done, of which each test database is a copy.

Migrating takes twenty seconds, a copy a moment; so the first who needs it makes it, whichever
worker that is, and the others wait. It is known by what the migrations say. On a server of your own
it goes when the tests end; with TIDEGATE_KEEP_MIGRATED=1 it stays for the next run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).parent.parent
_LOCK = 7_236_001
_THERE = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Have the test database copied from the migrated one."""
    connection.settings_dict["TEST"]["TEMPLATE"] = made()


def made() -> str:
    """The migrated database's name, once it is there."""
    name = _name()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if server.execute(_THERE, [name]).fetchone() == (True,):
            return name
        making = sql.Identifier(f"{name}_making")
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(making))
        server.execute(sql.SQL("CREATE DATABASE {}").format(making))
        _migrate(f"{name}_making")
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(rename.format(making, sql.Identifier(name)))
    return name


@contextmanager
def copied(purpose: str) -> Iterator[str]:
    """The URL of a copy that processes of a test may have for themselves; dropped in the end."""
    name = f"tidegate_{purpose}_{uuid4().hex[:8]}"
    copy, template = sql.Identifier(name), sql.Identifier(made())
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, template))
        try:
            yield _url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copy))


def remove() -> None:
    """Drop it, unless it is to be kept."""
    if os.environ.get("TIDEGATE_KEEP_MIGRATED"):
        return
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        for name in (_name(), f"{_name()}_making"):
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _url(name: str) -> str:
    """The address of another database on the server of DATABASE_URL."""
    place, mark, options = os.environ["DATABASE_URL"].partition("?")
    return f"{place.rpartition('/')[0]}/{name}{mark}{options}"


def _migrate(name: str) -> None:
    env = os.environ | {
        "DATABASE_URL": _url(name),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


@cache
def _name() -> str:
    digest = sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update((ROOT / "requirements.txt").read_bytes())
    return f"tidegate_migrated_{digest.hexdigest()[:12]}"

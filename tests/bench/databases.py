"""The databases benchmarks run on: on the server of DATABASE_URL, else on an embedded one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from config import postgres
from tests.bench import stamps

HOME = Path(os.environ.get("TIDEGATE_HOME") or stamps.ROOT / "var") / "bench"
PREFIX = "tidegate_bench"
# One for all runs: what a database holds sealed must open again, whatever TIDEGATE_HOME is.
SECRET_KEY = "the benchmarks keep no secrets, and this one is known to everybody"


@contextmanager
def server() -> Iterator[str]:
    """The URL of a database on the server that is used; an embedded one is stopped afterwards."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    started = postgres.start(home=HOME)
    try:
        yield started.place.url()
    finally:
        postgres.stop(started)


def prepared(server_url: str, *, label: str, size: int) -> str:
    """The URL of the database with `size` changes, made now where it is missing or out of date."""
    name = f"{PREFIX}_{label}"
    url = on_same_server(server_url, name)
    if _is_there(server_url, name):
        with psycopg.connect(url) as connection:
            if stamps.fits(connection):
                _run(url, "manage.py", "migrate", "--skip-checks", "--verbosity=0")
                return url
    _make_empty(server_url, name)
    _run(url, "manage.py", "migrate", "--skip-checks", "--verbosity=0")
    print(f"making {name} with {size:,} changes", file=sys.stderr)
    _run(url, "-m", "tests.bench.dataset", str(size))
    return url


def fresh(server_url: str, *, label: str) -> str:
    """The URL of a database that was made now, with every table and no change.

    A copy of the database that BENCH_TEMPLATE names, where that is set, which takes less time.
    """
    name = f"{PREFIX}_{label}"
    _make_empty(server_url, name, template=os.environ.get("BENCH_TEMPLATE", "template1"))
    url = on_same_server(server_url, name)
    _run(url, "manage.py", "migrate", "--skip-checks", "--verbosity=0")
    return url


def drop(server_url: str, *, label: str) -> None:
    """Remove a database that was made for one run."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        named = sql.Identifier(f"{PREFIX}_{label}")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named))


def on_same_server(server_url: str, name: str) -> str:
    """The URL with another database name."""
    parts = urlsplit(server_url)
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def environment(url: str) -> dict[str, str]:
    """What a process that works on this database is told."""
    HOME.mkdir(parents=True, exist_ok=True)
    told = {"DATABASE_URL": url, "TIDEGATE_HOME": str(HOME), "TIDEGATE_ENV": "development"}
    told |= {"SECRET_KEY": SECRET_KEY, "DJANGO_SETTINGS_MODULE": "config.settings"}
    told |= dict.fromkeys(("GATE_PER_MINUTE", "WRITES_PER_MINUTE", "READS_PER_MINUTE"), "off")
    return {**os.environ, **told}


def _is_there(server_url: str, name: str) -> bool:
    with psycopg.connect(server_url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _make_empty(server_url: str, name: str, *, template: str = "template1") -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        named, copied = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(named, copied))


def _run(url: str, *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=stamps.ROOT, env=environment(url), check=True)

"""Fills an empty, migrated database with changes: `python -m tests.bench.dataset SIZE`.

The rows come from `lives`, in parallel, by COPY. Triggers are off while they are copied
(session_replication_role = replica), since they would refuse a change that is born closed; all that
the database guards besides is verified when indexes and foreign keys are made again.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.bench import answers, bare_tables, gate_set, incidents, stamps, world  # noqa: E402
from tests.bench.copying import Rows, numbered  # noqa: E402
from tests.bench.lives import Lives  # noqa: E402
from tests.bench.progress import Progress  # noqa: E402
from tests.bench.words import Words  # noqa: E402

SEED = 20_261_121
CHUNK = 4000
WORDS_OF = """
INSERT INTO changes_searchtext (change_id, words)
SELECT id, changes_words_of(one) FROM changes_change one WHERE id BETWEEN %s AND %s
"""
SEQUENCES = """
SELECT format('SELECT setval(%L, (SELECT coalesce(max(%I), 1) FROM %I))',
    s.oid::regclass, a.attname, t.relname)
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S'
"""

Fill = Callable[["_Worker", range, Random, Rows], None]


class _Worker:
    """What a process that makes rows holds; inherited by fork, connected when first used."""

    lives: Lives
    connection: psycopg.Connection[Any] | None = None

    def connected(self) -> psycopg.Connection[Any]:
        """This process's own connection, with triggers off."""
        if self.connection is None:
            self.connection = connect()
            self.connection.execute("SET session_replication_role = replica")
            self.connection.execute("SET synchronous_commit = off")
        return self.connection


WORKER = _Worker()


def connect() -> psycopg.Connection[Any]:
    """A connection outside Django, committing at once."""
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def main(size: int) -> None:
    """Fill the database; it is not empty afterwards even if this fails."""
    anchor = timezone.now().replace(microsecond=0)
    WORKER.lives = Lives(world.settle(size=size, anchor=anchor, rng=Random(SEED)), Words())
    connections.close_all()
    with connect() as connection:
        stripped = bare_tables.strip(connection)
        _fill(size)
        bar = Progress("indexes, constraints", len(stripped.again))
        bare_tables.restore(connection, stripped, progress=partial(bar.add, 1))
        for (statement,) in connection.execute(SEQUENCES.encode()).fetchall():
            connection.execute(statement)
        connection.execute("VACUUM (ANALYZE)")
        stamps.write(connection, good_until=anchor + gate_set.LASTS - timedelta(days=1))


def _fill(size: int) -> None:
    gated = 2 * gate_set.count(size)
    several = incidents.count(WORKER.lives.world)
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        _run(pool, "incidents", _incidents, numbered(1, several, CHUNK), several)
        _run(pool, "changes", _changes, numbered(1, size - gated, CHUNK), size - gated)
        _run(pool, "gate's changes", _gated, [range(size - gated + 1, size + 1)], gated)
        places = len(WORKER.lives.world.services)
        _run(pool, "gate answers", _answers, numbered(0, places, CHUNK), places)
        _run(pool, "search words", _words, numbered(1, size, CHUNK), size)


def _run(pool: ProcessPoolExecutor, label: str, fill: Fill, parts: Any, total: int) -> None:
    bar = Progress(label, total)
    jobs = {pool.submit(_part, fill, label, numbers): numbers for numbers in parts}
    for job in as_completed(jobs):
        job.result()
        bar.add(len(jobs[job]))


def _part(fill: Fill, label: str, numbers: range) -> None:
    """Make and send one part; the same part is always the same."""
    rows, rng = Rows(), Random(f"{SEED} {label} {numbers.start}")
    fill(WORKER, numbers, rng, rows)
    with WORKER.connected().transaction():
        rows.copy_into(WORKER.connected())


def _incidents(worker: _Worker, numbers: range, rng: Random, rows: Rows) -> None:
    for number in numbers:
        incidents.closed(
            number, world=worker.lives.world, words=worker.lives.words, rng=rng, rows=rows
        )


def _changes(worker: _Worker, numbers: range, rng: Random, rows: Rows) -> None:
    for number in numbers:
        worker.lives.any(number, rng=rng, rows=rows)


def _gated(worker: _Worker, numbers: range, rng: Random, rows: Rows) -> None:
    gate_set.write(worker.lives, first=numbers.start, rng=rng, rows=rows)


def _answers(worker: _Worker, numbers: range, rng: Random, rows: Rows) -> None:
    for number in numbers:
        answers.write(worker.lives.world, number, rng=rng, rows=rows)


def _words(worker: _Worker, numbers: range, rng: Random, rows: Rows) -> None:
    worker.connected().execute(WORDS_OF, [numbers.start, numbers[-1]])


if __name__ == "__main__":
    main(int(sys.argv[1]))

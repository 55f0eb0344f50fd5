"""Fills a fresh, migrated database with so many events: `python -m tests.bench.recording COUNT`."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.bench.chains import Chain  # noqa: E402
from tests.bench.copying import Rows, numbered  # noqa: E402
from tests.bench.progress import Progress  # noqa: E402

AT_ONCE = 10_000
AT_THE_SAME_TIME = 500
EVENTS_OF_ONE = 8
BEGAN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def main(count: int) -> None:
    """Copy them in with triggers off, every digest right."""
    progress, events = Progress(f"{count:,} events", count), _events(Random(7))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for part in numbered(0, count, AT_ONCE):
            rows = Rows()
            for chain, verb, at, data in islice(events, len(part)):
                chain.rows = rows
                chain.add(verb, actor="engineer", at=at, data=data)
            rows.copy_into(connection)
            progress.add(len(part))
        connection.execute("ANALYZE ledger_event")


def _events(rng: Random) -> Iterator[tuple[Chain, str, datetime, dict[str, Any]]]:
    """What happens to many changes at the same time, to each as often, without end."""
    running: list[tuple[Chain, int]] = []
    made, at = 0, BEGAN
    while True:
        while len(running) < AT_THE_SAME_TIME:
            made += 1
            about = ["service:checkout", "team:payments"]
            running.append((Chain(Rows(), f"CHG-{made}", about), 0))
        place = rng.randrange(len(running))
        chain, done = running[place]
        at += timedelta(seconds=20)
        yield chain, f"change.step_{done}", at, {"note": "What was done, and why. " * 4}
        running[place] = (chain, done + 1)
        if done + 1 == EVENTS_OF_ONE:
            running[place] = running[-1]
            running.pop()


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""Alerts that come in: `python -m tests.bench.taking begin|read COUNT`, for the scenario of intake.

`begin` makes a source that may send as much as it likes, a route, and prints the source's key.
`read` reads what is kept as a worker does, until it has taken so many alerts or nothing is left,
and prints how fast that was and what memory it took, early and at the end.
"""

import json
import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from catalog.models import Service, User  # noqa: E402
from incidents.models import Alert, AlertRoute  # noqa: E402
from ledger import inbox  # noqa: E402
from ledger.inbox import sources  # noqa: E402
from ledger.models import Message, Source  # noqa: E402
from tests.bench.floor.alerts import TABLE  # noqa: E402

UNLIMITED = 2_000_000_000
EARLY = 10_000
NAME = "Benchmark of intake"


def main() -> None:
    if sys.argv[1] == "begin":
        print(json.dumps(begin()))
    else:
        print(json.dumps(read(int(sys.argv[2]))))


def begin() -> str:
    """The key of a new source."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    actor, now = User.objects.order_by("id")[0], timezone.now()
    slug = f"bench-{now:%H%M%S%f}"
    source, key = sources.make(
        actor=actor, now=now, slug=slug, name="Benchmark", vendor="alertmanager"
    )
    Source.objects.filter(pk=source.pk).update(per_minute=UNLIMITED)
    AlertRoute.objects.get_or_create(
        name=NAME,
        defaults={
            "service": Service.objects.order_by("id")[0],
            "grouping": "labels",
            "group_labels": "alertname",
        },
    )
    return key


def read(count: int) -> dict[str, float]:
    """Alerts a second, and memory in MB after the first ten thousand and at the end."""
    before, began, spent = Alert.objects.count(), time.perf_counter(), time.process_time()
    early, taken = 0.0, 0
    while taken < count:
        if not inbox.work(now=timezone.now() + timedelta(seconds=1), limit=50):
            break
        taken = Alert.objects.count() - before
        if not early and taken >= EARLY:
            early = _memory()
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    wrong = Message.objects.filter(state__in=["failed", "dead"]).count()
    return {
        "alerts": taken,
        "per_second": taken / took,
        "cpu_ms": cpu * 1000 / max(taken, 1),
        "early_mb": early or _memory(),
        "late_mb": _memory(),
        "most_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "wrong": wrong,
    }


def _memory() -> float:
    """Memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()

"""Alerts that come in, for the scenario of intake: `python -m tests.bench.taking VERB`.

`begin` makes a source that may send as much as it likes, a route of the lowest severity and the
queue by which a worker is told, and prints the source's key. `clear` drops what waits to be read.
`end` leaves the data set as it was found, but for the incidents, none of which is ever deleted:
they are closed.
"""

import json
import os
import sys
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from catalog.models import Service, User  # noqa: E402
from config import message_queue  # noqa: E402
from incidents import lifecycle  # noqa: E402
from incidents.models import AlertGroup, AlertRoute, Incident  # noqa: E402
from incidents.states import OPEN  # noqa: E402
from ledger.inbox import sources  # noqa: E402
from ledger.models import Message, Source  # noqa: E402
from tests.bench.floor.alerts import TABLE  # noqa: E402

UNLIMITED = 2_000_000_000
SLUG, ROUTE = "bench-", "Benchmark of intake"
LOWEST = 4
_FORGET = (
    "DELETE FROM incidents_alertoccurrence WHERE alert_id IN "
    "(SELECT id FROM incidents_alert WHERE source LIKE %s)",
    "DELETE FROM incidents_alert WHERE source LIKE %s",
)


def begin() -> str:
    """The key of a new source."""
    message_queue.install(role="")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    actor, now = User.objects.order_by("id")[0], timezone.now()
    source, key = sources.make(
        actor=actor,
        now=now,
        slug=f"{SLUG}{now:%H%M%S%f}",
        name="Benchmark",
        vendor="alertmanager",
    )
    Source.objects.filter(pk=source.pk).update(per_minute=UNLIMITED)
    AlertRoute.objects.get_or_create(
        name=ROUTE,
        defaults={
            "order": 0,
            "matchers": f'source=~"{SLUG}.*"',
            "service": Service.objects.order_by("id")[0],
            "severity": LOWEST,
            "grouping": "labels",
            "group_labels": "alertname",
        },
    )
    return key


def clear() -> int:
    """How many messages were dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_message WHERE source_id IN "
            "(SELECT id FROM ledger_source WHERE slug LIKE %s)",
            [f"{SLUG}%"],
        )
        dropped = int(cursor.rowcount)
        cursor.execute("VACUUM (ANALYZE) ledger_message")
    return dropped


def end() -> dict[str, int]:
    """What was left, as counts; `wrong` are messages that could not be read."""
    messages = Message.objects.filter(source__slug__startswith=SLUG)
    wrong = messages.exclude(error="").count()
    route, now = AlertRoute.objects.get(name=ROUTE), timezone.now()
    incidents = Incident.objects.filter(alert_groups__route=route).distinct()
    found = {"wrong": wrong, "incidents": incidents.count()}
    for incident in incidents.filter(state__in=OPEN):
        lifecycle.close(ref=incident.ref, note="It was a benchmark.", actor=None, now=now)
    clear()
    with connection.cursor() as cursor:
        for statement in _FORGET:
            cursor.execute(statement, [f"{SLUG}%"])
        cursor.execute("DROP TABLE bench_alert")
        cursor.execute("DROP SCHEMA pgmq CASCADE")
    AlertGroup.objects.filter(route=route).delete()
    route.delete()
    Source.objects.filter(slug__startswith=SLUG).update(is_active=False)
    return found


VERBS: dict[str, Callable[[], object]] = {"begin": begin, "clear": clear, "end": end}

if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]]()))

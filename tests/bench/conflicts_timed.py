"""Times the search for conflicts in one process: `-m tests.bench.conflicts_timed`, as JSON."""

import json
import os
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402

from changes.models import Change, Reservation  # noqa: E402
from changes.queries import conflicts  # noqa: E402
from tests.bench.timed import timed  # noqa: E402

SEARCHES = 500
# As the lifecycle would have reserved; generated changes overlap, so none of them excludes others.
_RESERVE = """
INSERT INTO changes_reservation (change_id, service_id, environment_id, implementer_id, kind,
    starts_at, ends_at, is_own, is_running, claim, excludes)
SELECT c.id, x.service_id, c.environment_id, c.implementer_id, c.kind,
    c.planned_start_at, c.planned_end_at, x.is_own, c.state = 'implementing', x.service_id, false
FROM changes_change c
CROSS JOIN LATERAL (
    SELECT c.service_id, true UNION
    SELECT m.service_id, false FROM changes_change_also_affects m WHERE m.change_id = c.id
) x(service_id, is_own)
WHERE c.state IN ('scheduled', 'implementing') AND c.planned_end_at IS NOT NULL
ON CONFLICT DO NOTHING
"""


def main() -> None:
    """Print p50 and p99 in ms, and how many changes hold a place."""
    _reserve()
    rng = Random(7)
    keys = list(Reservation.objects.filter(is_own=True).values_list("change", flat=True))
    chosen = [rng.choice(keys) for _ in range(SEARCHES)]
    rows = Change.objects.in_bulk(set(chosen))
    found = timed(_search, [rows[key] for key in chosen])
    print(json.dumps({**found, "holding": len(keys)}))


def _reserve() -> None:
    if Reservation.objects.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE)
        cursor.execute("ANALYZE changes_reservation")


def _search(change: Any) -> None:
    conflicts.of_change(change)


if __name__ == "__main__":
    main()

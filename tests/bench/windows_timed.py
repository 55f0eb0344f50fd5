"""Times the gate where few and where many windows are in scope: `-m tests.bench.windows_timed`.

Prints JSON: for each number of windows, p50 and p99 in ms of one question, token, facts, rules and
record included. The windows are made for the measurement and taken away again.
"""

import json
import os
from datetime import date, time, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from catalog import tokens  # noqa: E402
from catalog.models import User  # noqa: E402
from changes import gate  # noqa: E402
from changes.models import Change, Window  # noqa: E402
from changes.policies.reach import EVERYWHERE  # noqa: E402
from ledger import timeline  # noqa: E402
from tests.bench import gate_set  # noqa: E402
from tests.bench.timed import timed  # noqa: E402

SIZES = (10, 1000)
QUESTIONS = 400
PREFIX = "bench: "


def main() -> None:
    """Print the figures by number of windows."""
    _tidy()
    asked = Change.objects.filter(external_id__startswith=gate_set.ALLOW).order_by("id")
    chosen = list(asked.select_related("service", "environment")[: len(SIZES)])
    try:
        for change, several in zip(chosen, SIZES, strict=True):
            _cover(change, several)
        _, secret = tokens.issue(
            user=User.objects.get(username="ci-1"), name="x", scopes=["gate"], now=timezone.now()
        )
        found = {
            several: timed(_ask, [(change, secret)] * QUESTIONS)
            for change, several in zip(chosen, SIZES, strict=True)
        }
    finally:
        _tidy()
    print(json.dumps(found))


def _cover(change: Change, several: int) -> None:
    """So many windows over the service of a change: daily, weekly and monthly ones, none now."""
    later = timezone.now() + timedelta(hours=2)
    rules = ("FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=SA", "FREQ=MONTHLY;BYMONTHDAY=15")
    Window.objects.bulk_create(
        Window(
            name=f"{PREFIX}{change.service.slug} {number}",
            recurrence=rules[number % len(rules)],
            first_date=date(2025, 1, 1),
            start_time=time(later.hour, number % 60),
            duration=timedelta(minutes=30),
            time_zone="UTC",
            services=[change.service.slug],
        )
        for number in range(several)
    )


def _ask(asked: Any) -> None:
    change, secret = asked
    question = gate.Question(
        service=change.service.slug,
        environment=change.environment.slug,
        revision=change.revision,
    )
    decided = gate.decide_as_bearer(
        question, secret=secret, reach_of=lambda _: EVERYWHERE, now=timezone.now()
    )
    if decided.record is not None:
        timeline.write(decided.record)
    answer = decided.answer()
    assert answer.decision == "allow", answer.reasons


def _tidy() -> None:
    Window.objects.filter(name__startswith=PREFIX).delete()


if __name__ == "__main__":
    main()

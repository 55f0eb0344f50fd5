"""Times reads and rules in one process: `python -m tests.bench.timed`, as JSON."""

import json
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from catalog.models import Team, User  # noqa: E402
from changes import policies  # noqa: E402
from changes.models import Change  # noqa: E402
from changes.queries import facts, schedule, search  # noqa: E402
from changes.queries.lists import Filters  # noqa: E402
from changes.windows import Interval  # noqa: E402
from tests.bench import gate_set  # noqa: E402
from tests.bench.targets import COMMON, RARE_RANKS  # noqa: E402
from tests.bench.words import Words  # noqa: E402

MONTH = timedelta(days=30)


def main() -> None:
    """Print p50 and p99 of each: ms, and µs for the rules."""
    rng, now = Random(), timezone.now()
    months = [now - timedelta(days=30 * n) for n in range(1, 31)]
    teams = list(Team.objects.values_list("slug", flat=True))
    rare = rng.sample(Words().all[RARE_RANKS], 100)
    found = {
        "schedule month, organisation": timed(_organisation, months),
        "schedule month, team": timed(_team, [(rng.choice(teams), at) for at in months * 4]),
        "search best, rare word": timed(_best, rare),
        "search best, common word": timed(_best, COMMON * 10),
        "rules of a deployment": _rules(now),
    }
    print(json.dumps(found))


def _organisation(month: datetime) -> None:
    within = Interval(month, month + MONTH)
    found = schedule.of_period(within=within, filters=Filters(), by="team", zone="UTC")
    assert found.days or found.lanes


def _team(asked: tuple[str, datetime]) -> None:
    slug, month = asked
    within = Interval(month, month + MONTH)
    schedule.of_period(within=within, filters=Filters(team=slug), by="service", zone="UTC")


def _best(word: str) -> None:
    search.best(words=word, limit=25)


def _rules(now: datetime) -> dict[str, float]:
    """The rules of a deployment that is allowed, over the facts of the gate's own changes."""
    some = Change.objects.order_by("-id").filter(external_id__startswith=gate_set.ALLOW)[:50]
    actor = User.objects.get(username="ci-1")
    known = [facts.of_change(change_id=one.pk, actor=actor, now=now) for one in some]

    def ask(one: Any) -> None:
        policies.may("deploy", one, now=now)

    timed(ask, known)
    return {name: ms * 1000 for name, ms in timed(ask, known * 20).items()}


def timed(work: Callable[[Any], None], inputs: Iterable[Any]) -> dict[str, float]:
    """How long the work takes on each input, in ms; the first one warms up."""
    first, *others = inputs
    work(first)
    took = []
    for one in others:
        began = time.perf_counter()
        work(one)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {"p50": took[len(took) // 2], "p99": took[min(len(took) - 1, int(len(took) * 0.99))]}


if __name__ == "__main__":
    main()

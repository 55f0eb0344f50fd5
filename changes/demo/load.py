"""Loading the demo: catalogue first, then every story on one clock."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from catalog.models import User
from changes import track_records
from changes.demo import book, catalogue
from changes.demo.stage import Stage, play
from changes.demo.work_clock import WorkClock
from ledger import catalogue as ledger_of_catalogue
from ledger import taking_up

PLANS = Path(__file__).parent / "plans"


class NotEmpty(Exception):
    """The database has users, so it is somebody's."""


@transaction.atomic
def load(*, password: str, now: datetime) -> list[str]:
    """Live the demo up to `now`, all or nothing; answers the usernames that can sign in.

    Raises `NotEmpty` where there is any user.
    """
    if User.objects.exists():
        raise NotEmpty("There are users in this database. The demo is for an empty one.")
    built = catalogue.build(password=password)
    taking_up.record_unheard(rows=[ledger_of_catalogue.row_digests], now=now)
    clock = WorkClock(now, ZoneInfo(catalogue.ZONE))
    stage = Stage(clock=clock, catalogue=built, plans=_plans())
    play(book.all_of(stage), until=now)
    track_records.count(now=now)
    return [name for name, _, _ in catalogue.PEOPLE]


def _plans() -> dict[str, dict[str, Any]]:
    """The words of every plan by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(PLANS.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: {field: _text(words) for field, words in plan.items()} for name, plan in found.items()
    }


def _text(words: Any) -> Any:
    return words.strip() if isinstance(words, str) else words

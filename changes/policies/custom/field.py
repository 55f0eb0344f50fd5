"""A field of the vocabulary, and how the less simple ones are read from the facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from changes.policies.custom.kinds_of_value import LOCAL, Kind
from changes.policies.facts import Facts

Read = Callable[[Facts, datetime], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a condition may look at.

    `words` read in a sentence, `negated` for a no; `plural` words are followed by “are”. `of_place`
    fields are known without a change.
    A field of a kind in `LOCAL` reads an aware instant, taken apart in the condition's zone.
    """

    name: str
    words: str
    kind: Kind
    meaning: str
    read: Read
    choices: tuple[str, ...] = ()
    negated: str = ""
    of_place: bool = False
    plural: bool = False

    @property
    def is_local(self) -> bool:
        return self.kind.name in LOCAL

    @property
    def is_timed(self) -> bool:
        """Whether the mere passing of time changes it."""
        return self.name in _TIMED


_TIMED = frozenset({"weekday", "time", "date", "lead_time_hours"})


def planned(facts: Facts, now: datetime) -> datetime | None:
    return facts.planned.starts_at if facts.planned else None


def length(facts: Facts, now: datetime) -> int | None:
    return _minutes(facts.planned.ends_at - facts.planned.starts_at) if facts.planned else None


def lead_hours(facts: Facts, now: datetime) -> int | None:
    """Whole hours until the planned start; 0 once it has begun."""
    if facts.planned is None:
        return None
    return max(0, _minutes(facts.planned.starts_at - now) // 60)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def checks(passed: bool) -> Read:
    def read(facts: Facts, now: datetime) -> frozenset[str]:
        return frozenset(check.name for check in facts.checks if check.passed is passed)

    return read


def filled(name: str) -> Read:
    return lambda facts, now: name in facts.filled

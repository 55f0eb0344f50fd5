"""When a check that we run ourselves has passed or failed: it must hold for its soak time.

# Note [What counts as holding]
Every look is one of a few named results, and only `held` holds: an answer that is late, empty, not
one number or not an answer at all is no proof of health. A look that does not hold begins the soak
anew, or, once the time to give up has come, ends the run as failed; an alert that began since the
change started ends it at once. Time in which nobody looked proves nothing either: after a longer
gap than `longest_gap` the soak begins anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SLACK: Final = timedelta(minutes=2)


class Look(StrEnum):
    """What a look found."""

    HELD = "held"
    MISSED = "missed"  # the figure or answer is there, and is not as it should be
    EMPTY = "empty"
    NO_NUMBER = "no_number"
    SEVERAL = "several"
    REFUSED = "refused"  # the server says the question is wrong
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    NOT_REACHED = "not_reached"
    LITTLE_TRAFFIC = "little_traffic"  # too few requests to judge by
    NO_BASELINE = "no_baseline"
    ALERTS = "alerts"  # something began to fire since the change started


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at `at`; `said` is a sentence, `value` the figure where there was one.

    Of a canary also the `baseline`'s figure, and the `traffic` both are made of.
    """

    at: datetime
    word: Look
    said: str
    value: float | None = None
    baseline: float | None = None
    traffic: float | None = None

    @property
    def holds(self) -> bool:
        return self.word is Look.HELD


@dataclass(frozen=True, slots=True)
class Watch:
    """A run of a check as it stands. `passed` is None while it goes on, until `due_at`."""

    started_at: datetime
    interval: timedelta
    soak: timedelta
    give_up_after: timedelta
    holding_since: datetime | None = None
    last_at: datetime | None = None
    passed: bool | None = None
    due_at: datetime | None = None


def longest_gap(interval: timedelta) -> timedelta:
    """How long nobody may look without the soak beginning anew."""
    return 2 * interval + SLACK


def held_since(
    since: datetime | None, last_at: datetime | None, sample: Sample, *, interval: timedelta
) -> datetime | None:
    """The first of the looks in a row that held, after one more; None where that does not."""
    if not sample.holds:
        return None
    gap = last_at is not None and sample.at - last_at > longest_gap(interval)
    return sample.at if gap or since is None else since


def after(watch: Watch, sample: Sample) -> Watch:
    """The run after one more look; see Note [What counts as holding]."""
    looked = replace(watch, last_at=sample.at, due_at=sample.at + watch.interval)
    if not sample.holds:
        final = sample.word is Look.ALERTS  # What fired has fired: waiting does not undo it.
        given_up = final or sample.at >= watch.started_at + watch.give_up_after
        return replace(
            looked,
            holding_since=None,
            passed=False if given_up else None,
            due_at=None if given_up else looked.due_at,
        )
    since = held_since(watch.holding_since, watch.last_at, sample, interval=watch.interval)
    since = since or sample.at
    if sample.at - since >= watch.soak:
        return replace(looked, holding_since=since, passed=True, due_at=None)
    due = min(sample.at + watch.interval, max(since + watch.soak, sample.at))
    return replace(looked, holding_since=since, due_at=due)

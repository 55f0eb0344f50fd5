"""For how long what the gate says holds by itself: up to an instant that a rule looks at. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from changes import windows
from changes.gate import turns
from changes.policies import Facts, periods
from changes.windows import Interval
from ledger.decision import Reason

LONGEST = timedelta(minutes=5)
QUARTER_MINUTES = 15  # the clocks of every zone are apart by quarters of an hour


def until(
    reasons: Iterable[Reason], instants: Iterable[datetime | None], facts: Facts, *, now: datetime
) -> datetime:
    """The first instant after `now` at which time alone may change what was said; at most
    `LONGEST` from `now`.

    `reasons` are the objections and warnings that were told, `instants` what else was.
    """
    named = (at for at in instants if at is not None)
    points = (*named, *_turning_points(reasons, facts, now=now))
    return min(at for at in points if at > now)


def is_steady(facts: Facts) -> bool:
    """Whether time changes what the rules say at such instants only, and not little by little."""
    rules = facts.custom_rules.of("deploy") if facts.custom_rules else ()
    return facts.canary is None and not any(rule.timed for rule in rules)


def _turning_points(
    reasons: Iterable[Reason], facts: Facts, *, now: datetime
) -> Iterator[datetime]:
    before = now + LONGEST
    yield from shuts(facts, now=now, before=before)
    yield _day_may_end(now)
    for reason in reasons:
        if reason.until is not None:
            yield reason.until
    if facts.planned is not None:
        yield facts.planned.starts_at
    for one in windows.occurrences(facts.windows, Interval(now, before)):
        yield one.interval.starts_at
        yield one.interval.ends_at
    for override in facts.overrides:
        yield override.period.starts_at
        yield override.review_due_at


def _day_may_end(now: datetime) -> datetime:
    """The next quarter of an hour: days and years, which sentences name, end at one."""
    past = timedelta(
        minutes=now.minute % QUARTER_MINUTES, seconds=now.second, microseconds=now.microsecond
    )
    return now.astimezone(UTC) - past + timedelta(minutes=QUARTER_MINUTES)


def shuts(facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
    """When the planned period, the calendar's opening, and the time free of denials end.

    Where room is short, also when it is no longer kept. `before` is the last of them.
    """
    yield before
    if facts.room is not None:
        yield now + turns.ROOM_IS_KEPT
    if facts.planned is not None:
        yield facts.planned.ends_at
    yield from periods.shuts(facts, now=now, before=before)
    if facts.custom_rules is not None:
        yield from facts.custom_rules.shuts(facts, now=now, before=before)

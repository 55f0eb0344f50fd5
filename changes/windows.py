"""Windows in time: half-open intervals, recurrence in wall time, the next opening. Pure.

# Note [A freeze may only get longer]
A window is written as wall time in an IANA zone. A local start or end that does not exist (spring)
becomes the next valid instant. One that exists twice (autumn) is read, for a freeze, as the earlier
for its start and the later for its end, and the other way round for maintenance: a freeze is never
shorter than its text, an opening never longer.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

HORIZON = timedelta(days=400)
LONGEST_PLAN = timedelta(days=366)
FARTHEST_PLAN = timedelta(days=3660)
_CYCLE_YEARS = 400
_RULE_PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST")
)
_FREQUENCY = re.compile(r"(^|;)FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)", re.IGNORECASE)
_UNTIL_IN_UTC = re.compile(r"UNTIL=[0-9T]*Z", re.IGNORECASE)
_NO_INTERVAL = re.compile(r"INTERVAL=(?!0*[1-9][0-9]{0,2}(;|$))", re.IGNORECASE)


class Effect(StrEnum):
    FREEZE = "freeze"
    MAINTENANCE = "maintenance"


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants from `starts_at` up to, not including, `ends_at`; both aware."""

    starts_at: datetime
    ends_at: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at

    def overlaps(self, other: "Interval") -> bool:
        """Whether any instant lies in both; touching ends do not count."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Recurrence:
    """An RFC 5545 RRULE over local dates from `first_date`.

    Each lasts from `start_time` for `duration` of wall time.
    """

    rule: str
    first_date: date
    start_time: time
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """A named freeze or maintenance window that applies to the subject: its scope was matched.

    Exactly one of `once` and `recurs` is set; `zone` is an IANA name.
    """

    name: str
    effect: Effect
    level: Level
    zone: str
    reason: str = ""
    once: Interval | None = None
    recurs: Recurrence | None = None


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time a window holds."""

    interval: Interval
    name: str
    effect: Effect
    level: Level
    zone: str
    reason: str


def refuse_unknown_rule(rule: str, first_date: date = date(2024, 1, 1)) -> None:
    """Raise ValueError with a sentence when `rule` is no RRULE of whole days that ever happens.

    Hours and smaller steps are refused: a window says its start time apart from its rule, and what
    happens every second cannot be expanded.
    """
    names = [part.partition("=")[0] for part in rule.upper().split(";")]
    unknown = sorted(set(names) - _RULE_PARTS)
    if unknown or len(set(names)) < len(names):
        wrong = (
            f"{unknown[0] or 'an empty part'} has no place in it" if unknown else "a part is double"
        )
        raise ValueError(
            f"“{rule}” is not a rule of whole days: {wrong}. Write it like FREQ=WEEKLY;BYDAY=FR."
        )
    if not _FREQUENCY.search(rule) or _NO_INTERVAL.search(rule):
        raise ValueError(
            f"“{rule}” must say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, and every how many of them "
            "as INTERVAL=1 to 999."
        )
    if _UNTIL_IN_UTC.search(rule):
        raise ValueError(f"“{rule}” ends in UTC: give UNTIL in local time, without the Z.")
    begin = datetime.combine(first_date, time())
    try:
        parsed = rrulestr(rule, dtstart=begin)
        happens = next(iter(_late(parsed, begin)), None) and next(iter(parsed), None)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as problem:
        raise ValueError(f"“{rule}” is not an RFC 5545 recurrence rule: {problem}.") from problem
    if happens is None:
        raise ValueError(f"“{rule}” never happens from {first_date:%d %b %Y} on.")


def _late(rule: rrule, begin: datetime) -> rrule:
    """The rule in the last 400 years there are: the calendar repeats, and a search for a day that
    never comes, such as 30 February, ends soon."""
    year = begin.year + (MAXYEAR - begin.year) // _CYCLE_YEARS * _CYCLE_YEARS
    return rule.replace(dtstart=begin.replace(year=year), until=None, count=None)


def plannable(period: Interval, *, now: datetime) -> bool:
    """Whether a period is short and near enough to be compared with every recurring window."""
    length = period.ends_at - period.starts_at
    return length <= LONGEST_PLAN and period.ends_at - now <= FARTHEST_PLAN


def occurrences(windows: Iterable[Window], within: Interval) -> list[Occurrence]:
    """Every time one of `windows` touches `within`, earliest first."""
    found = [
        Occurrence(interval, window.name, window.effect, window.level, window.zone, window.reason)
        for window in windows
        for interval in _intervals(window, within)
    ]
    return sorted(found)


def in_force(windows: Iterable[Window], at: datetime) -> list[Occurrence]:
    """The occurrences that contain the instant `at`, those that end last first."""
    instant = Interval(at, at + timedelta(microseconds=1))
    return sorted(occurrences(windows, instant), key=lambda one: one.interval.ends_at, reverse=True)


def frozen_until(windows: Sequence[Window], at: datetime) -> datetime | None:
    """When the blocking freezes that hold at `at` have all ended, chained ones too.

    None when no freeze holds at `at`, and when they hold past `HORIZON`.
    """
    freezes = [w for w in windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    end: datetime | None = None
    instant = at
    while instant < at + HORIZON and (holding := in_force(freezes, instant)):
        end = instant = holding[0].interval.ends_at
    return end if instant < at + HORIZON else None


def next_freeze(windows: Iterable[Window], within: Interval) -> Occurrence | None:
    """The first blocking freeze that starts inside `within`."""
    freezes = [w for w in windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    return next(
        (one for one in occurrences(freezes, within) if one.interval.starts_at >= within.starts_at),
        None,
    )


def open_until(windows: Iterable[Window], at: datetime) -> datetime | None:
    """When the maintenance windows that hold at `at` have ended; None when none holds."""
    openings = [w for w in windows if w.effect is Effect.MAINTENANCE]
    holding = in_force(openings, at)
    return holding[0].interval.ends_at if holding else None


def next_maintenance(windows: Iterable[Window], at: datetime) -> Occurrence | None:
    """The first maintenance window that ends after `at`, within `HORIZON`."""
    openings = [w for w in windows if w.effect is Effect.MAINTENANCE]
    return next(iter(occurrences(openings, Interval(at, at + HORIZON))), None)


def _intervals(window: Window, within: Interval) -> Iterator[Interval]:
    if window.once is not None:
        if window.once.overlaps(within):
            yield window.once
        return
    assert window.recurs is not None
    for day in _months(within):
        for interval in _month_of(window.recurs, window.zone, window.effect, day):
            first_month = day == _first_of_month(within.starts_at)
            if interval.overlaps(within) and (first_month or interval.starts_at >= _utc(day)):
                yield interval


@lru_cache(maxsize=4096)
def _month_of(recurs: Recurrence, zone: str, effect: Effect, month: date) -> tuple[Interval, ...]:
    """The occurrences that touch the UTC calendar month that begins on `month`."""
    first = datetime.combine(month, time())
    after = first - recurs.duration - timedelta(days=2)
    before = first + timedelta(days=34)
    begin = _begin(recurs, after)
    starts = rrulestr(recurs.rule, dtstart=begin).between(after, before, inc=True)
    whole = Interval(_utc(month), _utc(_following(month)))
    found = (
        Interval(
            _instant(start, zone, later=effect is Effect.MAINTENANCE),
            _instant(start + recurs.duration, zone, later=effect is Effect.FREEZE),
        )
        for start in starts
    )
    return tuple(one for one in found if one.starts_at < one.ends_at and one.overlaps(whole))


def _begin(recurs: Recurrence, after: datetime) -> datetime:
    """Where to begin counting to find what comes after an instant.

    A rule is gone through from its first date, 5 µs a day. Whole steps of days and weeks can be
    skipped, since they leave the same days to come; what is numbered by COUNT cannot.
    """
    begin = datetime.combine(recurs.first_date, recurs.start_time)
    parts = dict(part.split("=") for part in recurs.rule.upper().split(";"))
    if parts["FREQ"] not in ("DAILY", "WEEKLY") or "COUNT" in parts:
        return begin
    step = timedelta(weeks=int(parts.get("INTERVAL", "1")))
    return begin + max(0, (after - begin) // step) * step


def _instant(local: datetime, zone: str, *, later: bool) -> datetime:
    """The instant a wall time stands for; see Note [A freeze may only get longer]."""
    tz = ZoneInfo(zone)
    early, late = local.replace(tzinfo=tz, fold=0), local.replace(tzinfo=tz, fold=1)
    if early.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != local:
        return _end_of_gap(early, late)
    return (late if later else early).astimezone(UTC)


def _end_of_gap(before: datetime, after: datetime) -> datetime:
    """The first instant after the gap that swallowed a wall time, to the second."""
    low, high = after.astimezone(UTC), before.astimezone(UTC)
    offset = low.astimezone(before.tzinfo).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(before.tzinfo).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _months(within: Interval) -> Iterator[date]:
    month = _first_of_month(within.starts_at)
    while _utc(month) < within.ends_at:
        yield month
        month = _following(month)


def _first_of_month(instant: datetime) -> date:
    return instant.astimezone(UTC).date().replace(day=1)


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _utc(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)

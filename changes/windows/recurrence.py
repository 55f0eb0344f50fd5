"""Recurring windows: the rules that are taken, and the times they come to."""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from dateutil.rrule import rrule, rrulestr

from changes.windows.interval import Interval
from changes.windows.months import first_of_month, following, midnight
from changes.windows.wall_time import between
from changes.windows.window import Effect, Recurrence

_CYCLE_YEARS = 400
_RULE_PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST")
)
_FREQUENCY = re.compile(r"(^|;)FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)", re.IGNORECASE)
_UNTIL_IN_UTC = re.compile(r"UNTIL=[0-9T]*Z", re.IGNORECASE)
_NO_INTERVAL = re.compile(r"INTERVAL=(?!0*[1-9][0-9]{0,2}(;|$))", re.IGNORECASE)


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


def intervals(
    recurs: Recurrence, within: Interval, *, zone: str, effect: Effect
) -> Iterator[Interval]:
    """Every time a recurrence touches a period."""
    for day in _months(within):
        for interval in _month_of(recurs, zone, effect, day):
            first_month = day == first_of_month(within.starts_at)
            if interval.overlaps(within) and (first_month or interval.starts_at >= midnight(day)):
                yield interval


def wall_starts(recurs: Recurrence, after: datetime, before: datetime) -> list[datetime]:
    """The wall times it starts at, between two wall times, both counted."""
    rule = rrulestr(recurs.rule, dtstart=_begin(recurs, after))
    return list(rule.between(after, before, inc=True))


def never_pauses(recurs: Recurrence, *, after: datetime, before: datetime) -> bool:
    """Whether, once begun, every time starts before the last one ended, until `before`.

    Both are wall times. A window without a pause is no window: it is a default.
    """
    starts = wall_starts(recurs, after - recurs.duration, before)
    if not starts or starts[-1] + recurs.duration < before:
        return False
    return all(later - one <= recurs.duration for one, later in pairwise(starts))


@lru_cache(maxsize=4096)
def _month_of(recurs: Recurrence, zone: str, effect: Effect, month: date) -> tuple[Interval, ...]:
    """The occurrences that touch the UTC calendar month that begins on `month`."""
    first = datetime.combine(month, time())
    after = first - recurs.duration - timedelta(days=2)
    before = first + timedelta(days=34)
    starts = wall_starts(recurs, after, before)
    whole = Interval(midnight(month), midnight(following(month)))
    found = (between(start, start + recurs.duration, zone=zone, effect=effect) for start in starts)
    return tuple(one for one in found if one is not None and one.overlaps(whole))


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


def _months(within: Interval) -> Iterator[date]:
    month = first_of_month(within.starts_at)
    while midnight(month) < within.ends_at:
        yield month
        month = following(month)

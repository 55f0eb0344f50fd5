"""A recurring window as crons, for tools that know no other rule; or why it cannot be one.

A cron names minute, hour, day of month, month and day of week. It has no year and no end, counts
nothing, and begins at once. Source: contracts of Argo CD's sync windows and GitLab's freezes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from changes.windows.window import Recurrence

_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_EVERY = "*"
_SAFE_DAY = 28
_DAY = timedelta(days=1)


class Inexpressible(ValueError):
    """There is no such cron; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Days:
    """The dates a cron names: days of the month, months, days of the week from Sunday, 0."""

    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    week_days: tuple[int, ...] = ()


def start_cron(recurs: Recurrence, *, today: date) -> str:
    """The cron of its starts, in its own zone: `0 16 * * 5`. Raises `Inexpressible`."""
    return _cron(days_of(recurs, today=today), datetime.combine(today, recurs.start_time))


def end_cron(recurs: Recurrence, *, today: date) -> str:
    """The cron of its ends, where each time ends before the next begins.

    Raises `Inexpressible`.
    """
    days = days_of(recurs, today=today)
    if recurs.duration >= _shortest_gap(days):
        raise Inexpressible("a time begins before the last one has ended")
    begins = datetime.combine(today, recurs.start_time)
    ends = begins + recurs.duration
    later = (ends.date() - begins.date()).days
    if later and days.months and not days.month_days:
        raise Inexpressible("it may end in another month than it begins")
    if any(day + later > _SAFE_DAY for day in days.month_days):
        raise Inexpressible("it may end in another month than it begins")
    shifted = Days(
        tuple(day + later for day in days.month_days),
        days.months,
        tuple(sorted((day + later) % 7 for day in days.week_days)),
    )
    return _cron(shifted, ends)


def days_of(recurs: Recurrence, *, today: date) -> Days:
    """The dates of a rule as a cron names them; raises `Inexpressible`."""
    parts = dict(part.split("=") for part in recurs.rule.upper().split(";"))
    if recurs.first_date > today:
        raise Inexpressible(f"it begins on {recurs.first_date:%d %b %Y}, and a cron at once")
    if recurs.start_time.second:
        raise Inexpressible("it starts within a minute")
    if "COUNT" in parts or "UNTIL" in parts:
        raise Inexpressible("it ends for good, and a cron never does")
    if parts.get("INTERVAL", "1").lstrip("0") != "1":
        raise Inexpressible("it skips days, weeks, months or years, and a cron counts none")
    if "BYSETPOS" in parts:
        raise Inexpressible("it picks one of several days")
    return _PLACED[parts["FREQ"]](parts, recurs.first_date)


def _daily(parts: Mapping[str, str], first: date) -> Days:
    return Days(_numbers(parts, "BYMONTHDAY"), _numbers(parts, "BYMONTH"), _week_days(parts))


def _weekly(parts: Mapping[str, str], first: date) -> Days:
    return Days((), _numbers(parts, "BYMONTH"), _week_days(parts) or (first.isoweekday() % 7,))


def _monthly(parts: Mapping[str, str], first: date) -> Days:
    if "BYDAY" in parts:
        raise Inexpressible("it names weekdays of a month")
    days = _numbers(parts, "BYMONTHDAY") or (first.day,)
    return Days(days, _numbers(parts, "BYMONTH"))


def _yearly(parts: Mapping[str, str], first: date) -> Days:
    if "BYDAY" in parts or ("BYMONTHDAY" in parts and "BYMONTH" not in parts):
        raise Inexpressible("it names days of a year")
    days = _numbers(parts, "BYMONTHDAY") or (first.day,)
    return Days(days, _numbers(parts, "BYMONTH") or (first.month,))


_PLACED = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}


def _numbers(parts: Mapping[str, str], name: str) -> tuple[int, ...]:
    found = sorted({int(text) for text in parts[name].split(",")} if name in parts else set())
    if any(number < 1 for number in found):
        raise Inexpressible("it counts days from the end of the month")
    return tuple(found)


def _week_days(parts: Mapping[str, str]) -> tuple[int, ...]:
    named = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    if named and "BYMONTHDAY" in parts:
        raise Inexpressible("days of week and month must agree, and a cron takes either")
    if any(name not in _DAYS for name in named):
        raise Inexpressible("it names weekdays of a month")
    return tuple(sorted({_DAYS.index(name) for name in named}))


def _shortest_gap(days: Days) -> timedelta:
    """The shortest time between two starts, clocks aside."""
    if days.week_days:
        return _least((*days.week_days, days.week_days[0] + 7))
    if days.month_days:
        return _least((*days.month_days, days.month_days[0] + _SAFE_DAY))
    return _DAY


def _least(days: Sequence[int]) -> timedelta:
    return min(later - one for one, later in pairwise(days)) * _DAY


def _cron(days: Days, at: datetime) -> str:
    fields = (_listed(days.month_days), _listed(days.months), _listed(days.week_days))
    return f"{at.minute} {at.hour} {' '.join(fields)}"


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(str(number) for number in numbers) or _EVERY

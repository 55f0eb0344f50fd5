"""Reading an iCalendar (RFC 5545) that somebody else wrote: what is taken of it, and what is not.

# Note [Bounded calendars]
What others write may be wrong, enormous, or meant to keep us busy. Size, events, steps of
recurrences and times are bounded before any of them is gone through, and an event that cannot be
read refuses the whole calendar: a freeze with an hour missing is worse than yesterday's copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from icalendar import Calendar, Event

from changes.windows.recurrence import refuse_unknown_rule

MOST_BYTES = 2_000_000
MOST_EVENTS = 2_000
MOST_STEPS = 200_000
STEPS_OF_A_DATE = 20
_STEP = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_MOMENTS = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_SHOWN = 60


class Unreadable(ValueError):
    """The calendar cannot be taken; the text is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A calendar that may be expanded; `zone` is what it names for times without one, or ""."""

    calendar: Calendar
    events: tuple[Any, ...]
    zone: str


def parsed(body: bytes, *, until: date) -> Parsed:
    """The calendar in a file, its rules bounded as far as `until`; raises `Unreadable`.

    See Note [Bounded calendars].
    """
    if len(body) > MOST_BYTES:
        raise Unreadable(too_big())
    try:
        text = body.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        raise Unreadable("The calendar is not text in UTF-8. Save it as UTF-8.") from None
    if not text.lstrip()[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise Unreadable(
            f"This is no iCalendar file: it begins with “{_short(text)}” and not with "
            "BEGIN:VCALENDAR. Give the address or file that ends in .ics."
        )
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS:
        raise Unreadable(
            f"It has more than {MOST_EVENTS:,} events. Give a calendar of freezes alone."
        )
    calendar = _calendar(text)
    events = tuple(one for one in calendar.walk("VEVENT") if isinstance(one, Event))
    zone = str(calendar.pop("X-WR-TIMEZONE", ""))
    steps = 0
    for event in events:
        _refuse_what_is_unclear(event)
        steps += sum(_steps(rule, event, until) for rule in _rules(event)) + _dates(event)
    if steps > MOST_STEPS:
        raise Unreadable(
            f"Its events recur too often or since too long ago: {steps:,} times would be gone "
            f"through, {MOST_STEPS:,} at most. Let them start later."
        )
    return Parsed(calendar, events, zone if zone in available_timezones() else "")


def too_big() -> str:
    """What is said of a calendar over `MOST_BYTES`."""
    return f"The calendar is over {MOST_BYTES // 1_000_000} MB. Give one of freezes alone."


def title_of(event: Any) -> str:
    """The summary on one line, without what cannot be shown."""
    words = "".join(each if each.isprintable() else " " for each in str(event.get("SUMMARY", "")))
    return " ".join(words.split())


def _calendar(text: str) -> Calendar:
    try:
        found = Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as problem:
        raise Unreadable(f"The calendar cannot be read: {_short(str(problem))}.") from problem
    assert isinstance(found, Calendar)
    return found


def _refuse_what_is_unclear(event: Any) -> None:
    if wrong := list(event.errors):
        name, why = wrong[0]
        raise Unreadable(f"{_called(event)} has a {name} that cannot be read: {_short(str(why))}.")
    if "DTSTART" not in event:
        raise Unreadable(f"{_called(event)} does not say when it starts.")
    for name in _MOMENTS:
        for moment in _several(event.get(name)):
            _refuse_unknown_zone(event, name, moment)
    start = event["DTSTART"].dt
    _refuse_backwards(event, start, event["DTEND"].dt if "DTEND" in event else start)
    for rule in _rules(event):
        try:
            refuse_unknown_rule(_plain(rule), _day(start))
        except ValueError as problem:
            raise Unreadable(f"{_called(event)}: {problem}") from problem


def _refuse_backwards(event: Any, start: date, end: date) -> None:
    whole_days = not isinstance(start, datetime)
    if whole_days is isinstance(end, datetime):
        raise Unreadable(
            f"{_called(event)} starts on a whole day and ends at a time, or vice versa."
        )
    if _wall(end) < _wall(start) and (whole_days or _zone(start) == _zone(end)):
        raise Unreadable(f"{_called(event)} ends before it starts.")


def _refuse_unknown_zone(event: Any, name: str, moment: Any) -> None:
    """A time with a zone that nobody knows would silently be read in another."""
    zone = str(moment.params.get("TZID", "")) if hasattr(moment, "params") else ""
    values = [one.dt for one in moment.dts] if hasattr(moment, "dts") else [moment.dt]
    floats = any(isinstance(one, datetime) and one.tzinfo is None for one in values)
    if zone and floats:
        raise Unreadable(
            f"{_called(event)}: the zone “{_short(zone)}” of its {name} is not known. Use an IANA "
            "name such as Europe/Amsterdam, or let the calendar define it as a VTIMEZONE."
        )


def _wall(moment: date) -> datetime:
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return datetime.combine(moment, time())


def _zone(moment: date) -> str:
    return str(moment.tzinfo) if isinstance(moment, datetime) else ""


def _rules(event: Any) -> list[Any]:
    return list(_several(event.get("RRULE"))) + list(_several(event.get("EXRULE")))


def _plain(rule: Any) -> str:
    """A rule without its end, which a calendar gives in UTC: the rest must be of whole days."""
    text: str = rule.to_ical().decode()
    parts = [part for part in text.split(";") if not part.upper().startswith("UNTIL=")]
    return ";".join(parts)


def _steps(rule: Any, event: Any, until: date) -> int:
    """How often a rule steps from its start until a day, at most."""
    ends = [_day(one) for one in rule.get("UNTIL", [])]
    days = (min([until, *ends]) - _day(event["DTSTART"].dt)).days
    step = _STEP[str(rule["FREQ"][0]).upper()] * int(rule.get("INTERVAL", [1])[0])
    per_step = max(len(rule.get("BYDAY", [])) * (5 if step > 7 else 1), 1)
    per_step = max(per_step, len(rule.get("BYMONTHDAY", [])), len(rule.get("BYMONTH", [])))
    return max(days, 0) // step * per_step


def _dates(event: Any) -> int:
    """What dates named one by one cost, in steps."""
    lists = [one for name in ("RDATE", "EXDATE") for one in _several(event.get(name))]
    return sum(len(one.dts) for one in lists) * STEPS_OF_A_DATE


def _called(event: Any) -> str:
    return f"The event “{_short(title_of(event) or str(event.get('UID', 'without a name')))}”"


def _several(value: Any) -> Iterator[Any]:
    if isinstance(value, list) and not hasattr(value, "dts"):
        yield from value
    elif value is not None:
        yield value


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _short(text: str) -> str:
    words = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"

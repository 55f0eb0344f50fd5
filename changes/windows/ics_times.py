"""From the events of an iCalendar to the times they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events

from changes.windows.ics import Parsed, Unreadable, parsed, title_of
from changes.windows.interval import Interval
from changes.windows.wall_time import instant
from changes.windows.window import Effect, Listed

MOST_TIMES = 1_000
LONGEST = timedelta(days=366)
MARGIN = timedelta(days=2)
_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Read:
    """The times a calendar lists, earliest first, and what to beware of: (code, sentence) pairs."""

    times: tuple[Listed, ...]
    cautions: tuple[tuple[str, str], ...] = ()


def read(body: bytes, *, zone: str, effect: Effect, within: Interval) -> Read:
    """The times that the events of an .ics file hold and that touch a period.

    Whole days and times without a zone are read in `zone` (IANA), or in that of the calendar where
    it is "". Cancelled events, those marked as free time and those without length are left out.
    A freeze may only get longer by a clock change; see `changes.windows.wall_time`.
    Raises `Unreadable` with a sentence.
    """
    known = parsed(body, until=within.ends_at.date())
    reader = _Reader(zone or known.zone, effect)
    found: dict[Listed, None] = {}
    for event in _events(known, within):
        if (one := reader.time_of(event)) and one.interval.overlaps(within):
            found[one] = None
        if len(found) > MOST_TIMES:
            raise Unreadable(
                f"It lists more than {MOST_TIMES:,} times in the next {_days(within)} days. "
                "Give a calendar of freezes alone."
            )
    return Read(tuple(sorted(found)), tuple(_left_out(known)))


def _events(known: Parsed, within: Interval) -> Iterator[Any]:
    first, last = within.starts_at - MARGIN, within.ends_at + MARGIN
    query: Any = recurring_ical_events.of(known.calendar)
    try:
        yield from query.between(first.replace(tzinfo=None), last.replace(tzinfo=None))
    except (ValueError, TypeError, OverflowError, KeyError) as problem:
        raise Unreadable(f"The calendar cannot be expanded: {problem}.") from problem


@dataclass(frozen=True, slots=True)
class _Reader:
    zone: str
    effect: Effect

    def time_of(self, event: Any) -> Listed | None:
        """The time one occurrence holds; None for one that takes none."""
        if _is_off(event):
            return None
        freeze = self.effect is Effect.FREEZE
        starts = self._instant(event, event["DTSTART"].dt, later=not freeze)
        ends = self._instant(event, event["DTEND"].dt, later=freeze)
        if ends <= starts:
            return None
        if ends - starts > LONGEST:
            raise Unreadable(
                f"The event “{title_of(event)[:60]}” lasts over {LONGEST.days} days. Make the "
                "environment closed or open by default instead."
            )
        return Listed(Interval(starts, ends), title_of(event)[:_LETTERS])

    def _instant(self, event: Any, moment: date, *, later: bool) -> datetime:
        if not isinstance(moment, datetime):
            return instant(datetime.combine(moment, time()), self._own(event), later=later)
        if moment.tzinfo is None:
            return instant(moment, self._own(event), later=later)
        if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key != "UTC":
            return instant(moment.replace(tzinfo=None), moment.tzinfo.key, later=later)
        return moment.astimezone(UTC)

    def _own(self, event: Any) -> str:
        if not self.zone:
            raise Unreadable(
                f"The event “{title_of(event)[:60]}” has no time zone of its own: name the zone "
                "its days and hours are meant in."
            )
        return self.zone


def _is_off(event: Any) -> bool:
    return (
        str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    )


def _left_out(known: Parsed) -> Iterator[tuple[str, str]]:
    free = [e for e in known.events if str(e.get("TRANSP", "")).upper() == "TRANSPARENT"]
    if free:
        are = "is" if len(free) == 1 else "are"
        yield (
            "free_time_left_out",
            f"{len(free)} of {len(known.events)} events {are} marked as free time "
            "(TRANSP:TRANSPARENT) and left out.",
        )


def _days(within: Interval) -> int:
    return (within.ends_at - within.starts_at).days

"""The periods a schedule shows: a week, a month, or the days of an agenda. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from changes.windows import Interval

EARLIEST: Final = date(2000, 1, 3)
LATEST: Final = date(2199, 12, 1)
AGENDA_DAYS: Final = 14
VIEWS: Final = (("week", "Week"), ("month", "Month"), ("agenda", "Agenda"))


@dataclass(frozen=True, slots=True)
class Span:
    """Whole local days from `first` up to, not including, `end`, in the reader's zone."""

    view: str
    first: date
    end: date
    zone: tzinfo

    @property
    def within(self) -> Interval:
        return Interval(midnight(self.first, self.zone), midnight(self.end, self.zone))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.end - self.first).days)]

    @property
    def heading(self) -> str:
        """`16 – 22 November 2026`, `November 2026`, `30 November – 6 December 2026`."""
        first, last = self.first, self.end - timedelta(days=1)
        if self.view == "month":
            return f"{first:%B %Y}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} – {last.day} {last:%B %Y}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{first.day} {first:%B}{year} – {last.day} {last:%B %Y}"

    @property
    def earlier(self) -> date:
        """A day of the span before this one."""
        return max(
            self.first - timedelta(days=1 if self.view == "month" else self._length), EARLIEST
        )

    @property
    def later(self) -> date:
        """The first day of the span after this one."""
        return min(self.end, LATEST)

    @property
    def _length(self) -> int:
        return (self.end - self.first).days


def span(*, view: str, on: date, zone: tzinfo) -> Span:
    """The week, month or agenda that shows the day `on`; days beyond what there is are moved in."""
    day = min(max(on, EARLIEST), LATEST)
    if view == "month":
        first = day.replace(day=1)
        return Span(view, first, first + timedelta(days=monthrange(day.year, day.month)[1]), zone)
    if view == "agenda":
        return Span(view, day, day + timedelta(days=AGENDA_DAYS), zone)
    monday = day - timedelta(days=day.weekday())
    return Span("week", monday, monday + timedelta(days=7), zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant a local day begins."""
    return datetime.combine(day, time(), tzinfo=zone)

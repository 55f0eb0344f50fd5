"""Working time around an instant, so that the demo looks alive whenever it is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from changes.windows import Interval

OPENS = time(9)
CLOSES = {**dict.fromkeys(range(4), time(17)), 4: time(15, 30)}


@dataclass(frozen=True, slots=True)
class WorkClock:
    """Working hours in `zone`, seen from `now`: Monday to Thursday 9:00-17:00, Friday 9:00-15:30.

    All of them lie outside the weekend freeze of every team of the demo.
    """

    now: datetime
    zone: ZoneInfo

    def ago(self, *, hours: float = 0, minutes: float = 0) -> datetime:
        """The instant so much working time before now; on a Saturday, before Friday's end."""
        left = timedelta(hours=hours, minutes=minutes)
        for shift in self._shifts(backwards=True):
            ends_at = min(shift.ends_at, self.now)
            if ends_at - shift.starts_at > left:
                return ends_at - left
            left -= ends_at - shift.starts_at
        raise ValueError("Working time has no beginning.")

    def ahead(self, *, hours: float = 0, minutes: float = 0) -> datetime:
        """The instant so much working time after now."""
        left = timedelta(hours=hours, minutes=minutes)
        for shift in self._shifts(backwards=False):
            starts_at = max(shift.starts_at, self.now)
            if shift.ends_at - starts_at > left:
                return starts_at + left
            left -= shift.ends_at - starts_at
        raise ValueError("Working time has no end.")

    def day(self, number: int, hour: int, minute: int = 0) -> datetime:
        """A wall time on the working day so many before (negative) or after today; never today."""
        step = timedelta(days=1 if number > 0 else -1)
        day = self.now.astimezone(self.zone).date()
        for _ in range(abs(number)):
            day += step
            while day.weekday() not in CLOSES:
                day += step
        return self._at(day, time(hour, minute))

    def last(
        self, weekday: int, hour: int, minute: int = 0, *, took: timedelta = timedelta()
    ) -> datetime:
        """The latest such wall time of what began then and `took` so long; Monday is 0."""
        day = self.now.astimezone(self.zone).date()
        day -= timedelta(days=(day.weekday() - weekday) % 7)
        found = self._at(day, time(hour, minute))
        if found + took < self.now:
            return found
        return self._at(day - timedelta(days=7), time(hour, minute))

    def _shifts(self, *, backwards: bool) -> Iterator[Interval]:
        """Each working day's hours that touch the time before (or after) now, nearest first."""
        day = self.now.astimezone(self.zone).date()
        step = timedelta(days=-1 if backwards else 1)
        while True:
            if day.weekday() in CLOSES:
                shift = Interval(self._at(day, OPENS), self._at(day, CLOSES[day.weekday()]))
                if shift.starts_at < self.now if backwards else shift.ends_at > self.now:
                    yield shift
            day += step

    def _at(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)

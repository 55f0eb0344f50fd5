"""Half-open intervals, and how far ahead the calendar is looked at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

HORIZON = timedelta(days=400)
LONGEST_PLAN = timedelta(days=366)
FARTHEST_PLAN = timedelta(days=3660)


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


def plannable(period: Interval, *, now: datetime) -> bool:
    """Whether a period is short and near enough to be compared with every recurring window."""
    length = period.ends_at - period.starts_at
    return length <= LONGEST_PLAN and period.ends_at - now <= FARTHEST_PLAN

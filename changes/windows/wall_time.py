"""From wall time to instants.

# Note [A freeze may only get longer]
A window is written as wall time in an IANA zone. A local start or end that does not exist (spring)
becomes the next valid instant. One that exists twice (autumn) is read, for a freeze, as the earlier
for its start and the later for its end, and the other way round for maintenance: a freeze is never
shorter than its text, an opening never longer.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from changes.windows.interval import Interval
from changes.windows.window import Effect


def between(starts: datetime, ends: datetime, *, zone: str, effect: Effect) -> Interval | None:
    """The instants between two wall times; None where the clocks swallow all of them."""
    found = Interval(
        instant(starts, zone, later=effect is Effect.MAINTENANCE),
        instant(ends, zone, later=effect is Effect.FREEZE),
    )
    return found if found.starts_at < found.ends_at else None


def instant(local: datetime, zone: str, *, later: bool) -> datetime:
    """The instant a wall time stands for; see Note [A freeze may only get longer]."""
    early, late = _readings(local, zone)
    if not shows(early, zone, local):
        return _end_of_gap(early, late)
    return (late if later else early).astimezone(UTC)


def exists(local: datetime, zone: str) -> bool:
    """Whether the clocks of a zone ever show this wall time."""
    return shows(_readings(local, zone)[0], zone, local)


def exists_twice(local: datetime, zone: str) -> bool:
    """Whether the clocks of a zone show this wall time a second time."""
    early, late = _readings(local, zone)
    return early.utcoffset() != late.utcoffset() and shows(early, zone, local)


def shows(instant_: datetime, zone: str, local: datetime) -> bool:
    """Whether the clocks of a zone show `local` at an instant."""
    return instant_.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


def _readings(local: datetime, zone: str) -> tuple[datetime, datetime]:
    tz = ZoneInfo(zone)
    return local.replace(tzinfo=tz, fold=0), local.replace(tzinfo=tz, fold=1)


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

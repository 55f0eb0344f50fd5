"""When the clocks of an incident run out. Pure. See Note [Clocks of an incident]."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
DAY_ENDS = time(17)


@dataclass(frozen=True, slots=True)
class Target:
    """What a severity asks for; without `respond_within` it is the end of the next working day."""

    respond_within: timedelta | None
    respond_reminder: timedelta
    update_every: timedelta
    update_reminder: timedelta


@dataclass(frozen=True, slots=True)
class Times:
    """When a clock that starts then is told of; all aware."""

    started_at: datetime
    remind_at: datetime
    due_at: datetime


def response(target: Target, *, since: datetime, zone: str) -> Times:
    """By when somebody answers; `zone` is that of the team that owns the service."""
    if target.respond_within is None:
        due = next_working_day_ends(since, zone=zone)
    else:
        due = since + target.respond_within
    return _times(since, due, target.respond_reminder)


def update(target: Target, *, since: datetime, promised_at: datetime | None = None) -> Times:
    """By when those affected hear more: as promised, or as often as the severity asks."""
    return _times(since, promised_at or since + target.update_every, target.update_reminder)


def next_working_day_ends(since: datetime, *, zone: str) -> datetime:
    """17:00 of the next Monday to Friday after the local day of an instant."""
    local = ZoneInfo(zone)
    day = since.astimezone(local).date() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, DAY_ENDS, local).astimezone(since.tzinfo)


def _times(since: datetime, due: datetime, reminder: timedelta) -> Times:
    return Times(since, max(since, due - reminder), due)

"""Months of the UTC calendar, by which the times of windows are found and remembered."""

from datetime import UTC, date, datetime, time, timedelta


def first_of_month(instant: datetime) -> date:
    """The day on which the UTC month of an aware instant begins."""
    return instant.astimezone(UTC).date().replace(day=1)


def following(month: date) -> date:
    """The first of the next month, from the first of one."""
    return (month + timedelta(days=32)).replace(day=1)


def midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime.combine(day, time(), tzinfo=UTC)

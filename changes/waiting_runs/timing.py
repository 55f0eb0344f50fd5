"""When a run that waits is looked at again. Pure."""

from datetime import datetime, timedelta

SOON, LATER = timedelta(seconds=15), timedelta(minutes=1)
FAR = timedelta(minutes=10)


def next_look(opens: datetime | None, *, now: datetime) -> datetime:
    """When to look again at what the calendar lets through at `opens`, or others settle.

    A vote or an override may let it through sooner, so nothing is left alone for long.
    """
    if opens is None:
        return now + SOON
    if opens - now > FAR:
        return now + LATER
    return now + SOON if opens <= now else min(opens, now + SOON)

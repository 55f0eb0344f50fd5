"""Calendars of somebody else's: read, kept as rows, and read again when they are due."""

from changes.calendars.keeping import forget, keep
from changes.calendars.polling import poll, poll_due
from changes.calendars.reading import Reading, as_wrong_fields, asks, is_same, read

__all__ = [
    "Reading",
    "as_wrong_fields",
    "asks",
    "forget",
    "is_same",
    "keep",
    "poll",
    "poll_due",
    "read",
]

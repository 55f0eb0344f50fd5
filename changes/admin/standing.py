"""How reading somebody else's calendar goes, in words."""

from urllib.parse import urlsplit

from django.utils import timezone

from changes.models import Window


def source_of(row: Window) -> str:
    """Where its times come from."""
    if row.source == Window.Source.HOLIDAYS:
        return f"Public holidays of {row.holidays}, {row.time_zone}"
    if row.source == Window.Source.ICS_URL:
        return f"Calendar at {urlsplit(row.ics_url).hostname}"
    return "Calendar from a file"


def standing_of(row: Window) -> str:
    """Read when, or since when and why not; empty for a window with times of its own."""
    kept = getattr(row, "calendar", None)
    if kept is None:
        return ""
    good = f"{timezone.localtime(kept.good_at):%d %b %Y %H:%M %Z}"
    if not kept.failures:
        return f"Read {good}"
    failed = f"{timezone.localtime(kept.failed_at):%d %b %H:%M}"
    return f"Not read, last tried {failed}: {kept.failure} The copy of {good} holds."


def fails(row: Window) -> bool:
    """Whether its calendar could not be read last time."""
    kept = getattr(row, "calendar", None)
    return bool(kept and kept.failures)

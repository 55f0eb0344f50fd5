"""Small words the rules share: instants and lists as people read them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def moment(instant: datetime, zone: str = "UTC", *, now: datetime | None = None) -> str:
    """`Mon 23 Nov 06:00 CET`: an instant in `zone` (IANA), with its abbreviation.

    With `now`, an instant of another year says which.
    """
    zoned = ZoneInfo(zone)
    other = now is not None and instant.astimezone(zoned).year != now.astimezone(zoned).year
    return _told(instant.astimezone(UTC), zone, other)


@lru_cache(maxsize=4096)
def _told(instant: datetime, zone: str, with_year: bool) -> str:
    """The words; the same few edges of windows are told again and again."""
    local = instant.astimezone(ZoneInfo(zone))
    year = f" {local.year}" if with_year else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M %Z}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} or {last}" if most else last


def spell(length: timedelta) -> str:
    """`24 h`, `30 min` or `90 s`."""
    seconds = round(length.total_seconds())
    if seconds % 60 and seconds < 600:
        return f"{seconds} s"
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"

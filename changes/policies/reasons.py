"""Small words the rules share: instants and lists as people read them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def moment(instant: datetime, zone: str = "UTC") -> str:
    """`Mon 23 Nov 06:00 CET`: an instant in `zone` (IANA), with its abbreviation."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} or {last}" if most else last


def spell(length: timedelta) -> str:
    """`24 h` or `30 min`."""
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"

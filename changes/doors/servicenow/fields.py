"""ServiceNow's fields of a change, and which of ours they are. Pure.

Left out are risk and impact, which are weighed here, never told; and what names rows of theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TEXTS = {
    "short_description": "title",
    "description": "description",
    "justification": "justification",
    "implementation_plan": "implementation_plan",
    "backout_plan": "rollback_plan",
    "test_plan": "test_plan",
    "u_monitoring_plan": "monitoring_plan",
}
INSTANTS = {"start_date": "planned_start_at", "end_date": "planned_end_at"}
FORMAT = "%Y-%m-%d %H:%M:%S"
LONGEST_TITLE = 200


class WrongField(ValueError):
    """A value that is no text, or no time as ServiceNow writes it."""


@dataclass(frozen=True, slots=True)
class Written:
    """Our fields as they were told, and the names of theirs that mean nothing here."""

    words: dict[str, Any]
    ignored: tuple[str, ...]


def written(told: Mapping[str, Any]) -> Written:
    """Our fields from theirs; what is empty says nothing. Raises `WrongField`."""
    words = dict(_words(told))
    known = {*TEXTS, *INSTANTS}
    return Written(words, tuple(name for name in told if name not in known))


def theirs(instant: datetime | None) -> str:
    """`2026-11-23 09:00:00`, in UTC; "" for none."""
    return instant.astimezone(UTC).strftime(FORMAT) if instant else ""


def _words(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, ours in TEXTS.items():
        if text := _text(name, told.get(name)):
            yield ours, _cut(text) if ours == "title" else text
    for name, ours in INSTANTS.items():
        if text := _text(name, told.get(name)):
            yield ours, _instant(name, text)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WrongField(f"{name}: Give a text.")
    return value.strip()


def _instant(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise WrongField(f"{name}: Give a time in UTC, such as 2026-11-23 09:00:00.") from None


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"

"""Signals: what any monitoring tool says of one alert, in one form. Pure.

Every door turns its tool's messages into these; what becomes of them is decided in `alerts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Said(StrEnum):
    """What the tool says of the alert now.

    A stateless one is told once, and no end of it will be told.
    """

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    STATELESS = "stateless"


@dataclass(frozen=True, slots=True)
class Link:
    """Where more is to be read."""

    url: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing said of one alert; times are aware.

    `key` tells the alert from others of its source, `occurrence` one firing of it from the next
    (empty where the tool does not tell them apart). `severity` is 1 to 4, or None where the tool
    names none; `severity_word` is its own word. `service` and `environment` are what the tool calls
    them, which need not be what we do. `group` is what the tool itself groups by. `lasts_until` is
    when a firing alert is over unless it is told again; None where the tool tells its end.
    `told_at` is when the tool said it, where its messages tell: what was said before an end, and
    comes after it, is over.
    """

    key: str
    said: Said
    title: str
    started_at: datetime
    ended_at: datetime | None = None
    lasts_until: datetime | None = None
    told_at: datetime | None = None
    occurrence: str = ""
    severity: int | None = None
    severity_word: str = ""
    body: str = ""
    service: str = ""
    environment: str = ""
    group: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

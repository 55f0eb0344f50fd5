"""Reading what monitoring tools tell: texts, instants, labels and links. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from rest_framework.exceptions import APIException

from catalog import json_body
from incidents.signals import Link
from ledger.inbox import Unreadable

LONGEST_TITLE = 300
LONGEST_BODY = 10_000
LONGEST_WORD = 200
LONGEST_NAME = 255
LONGEST_URL = 2_000
MOST_LABELS = 64
LONGEST_LABEL = 1_000
EARLIEST_YEAR = 2000
_MILLISECONDS_FROM = 100_000_000_000
_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,60})\s?[=:]\s?(\"[^\"]{0,200}\"|[^\s,;\"]{1,200})")

SEVERITIES: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("critical", "crit", "p1", "sev1", "sev-1", "1", "fatal", "emergency", "page", "disaster"),
        1,
    ),
    **dict.fromkeys(("error", "major", "high", "urgent", "p2", "sev2", "sev-2", "2", "alert"), 2),
    **dict.fromkeys(
        ("warning", "warn", "minor", "medium", "average", "p3", "sev3", "sev-3", "3"), 3
    ),
    **dict.fromkeys(
        ("info", "informational", "low", "notice", "debug", "ticket", "p4", "sev4", "sev-4", "4"), 4
    ),
    "p5": 4,
    "5": 4,
}
"""What tools call 1 to 4; a word that is not here is kept as it is, and no severity."""


def json_of(body: bytes) -> Any:
    """The JSON value of a body; raises `Unreadable`."""
    try:
        return json_body.parsed(body)
    except APIException as wrong:
        raise Unreadable(str(wrong.detail)) from None


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises `Unreadable`."""
    value = json_of(body)
    if not isinstance(value, dict):
        raise Unreadable("The body is not a JSON object.")
    return value


def line(value: object, *, at_most: int = LONGEST_WORD) -> str:
    """A text or a number on one line, and not too long; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).replace("\x00", "").split())[:at_most]


def prose(value: object) -> str:
    """A text of several lines, and not too long; "" for anything else."""
    return value.replace("\x00", "").strip()[:LONGEST_BODY] if isinstance(value, str) else ""


def severity(word: str) -> int | None:
    """1 to 4 for what a tool calls it, or None."""
    return SEVERITIES.get(word.strip().lower())


def moment(value: object) -> datetime | None:
    """An instant: ISO 8601 (UTC where it names no zone), or seconds or milliseconds since 1970.

    None for what is none, and for the year 1 by which Go says "not yet".
    """
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(value, str) and not value.strip().replace(".", "", 1).isdecimal():
            found = datetime.fromisoformat(value.strip().upper())
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            number = float(value)
            if abs(number) >= _MILLISECONDS_FROM:
                number /= 1000
            found = datetime.fromtimestamp(number, UTC)
        else:
            return None
        return found if found.year >= EARLIEST_YEAR else None
    return None


def labels(value: object) -> dict[str, str]:
    """The labels of an object: its texts, numbers and truths by name; the first so many."""
    if not isinstance(value, Mapping):
        return {}
    told: dict[str, str] = {}
    for name, said in value.items():
        if isinstance(said, bool):
            said = str(said).lower()
        if (text := line(said, at_most=LONGEST_LABEL)) and (key := line(name)):
            told[key] = text
        if len(told) == MOST_LABELS:
            break
    return told


def pairs(text: str) -> dict[str, str]:
    """What a description notes by the way: `sev=P1 service=checkout`."""
    found = ((one[1].lower(), one[2].strip('"')) for one in _PAIR.finditer(text))
    return labels(dict(found))


def links(**given: object) -> tuple[Link, ...]:
    """A link for each of these that is an address of the web; the word is its name."""
    return tuple(
        Link(url=url, text=name.replace("_", " "))
        for name, url in given.items()
        if isinstance(url, str) and _is_address(url)
    )


def first(said: Mapping[str, str], *names: str) -> str:
    """The first of these that says something."""
    return next((said[name] for name in names if said.get(name)), "")


def name(value: object) -> str:
    """A name by which something is known again; of a long one the digest."""
    whole = line(value, at_most=LONGEST_BODY)
    return whole if len(whole) <= LONGEST_NAME else digest(whole)


def digest(*words: str) -> str:
    """A short name for some words that would be too long for one."""
    return sha256("\x1f".join(words).encode("utf-8", "replace")).hexdigest()[:32]


def _is_address(url: str) -> bool:
    if len(url) > LONGEST_URL or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc)

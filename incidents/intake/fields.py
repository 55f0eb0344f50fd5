"""Reading any JSON by the paths of a mapping. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from incidents.intake import told
from incidents.models import SignalMapping
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable

CONSTANT = "="
WHOLE = "$"
MOST_ALERTS = 1_000
MANDATORY = ("key", "title", "status")


@dataclass(slots=True)
class Read:
    """What a mapping made of a message; `missed` says which paths found nothing."""

    signals: list[Signal] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def read(mapping: SignalMapping, value: Any, *, received_at: datetime, else_at: Any = None) -> Read:
    """The signals in a message; raises `Unreadable`, naming what was looked for where.

    `else_at` is when it was told where no path says when it began.
    """
    found = Read()
    if mapping.is_ignored:
        return found
    for number, one in enumerate(_alerts(mapping, value), start=1):
        if number > MOST_ALERTS:
            raise Unreadable(f"The message holds more than {MOST_ALERTS:,} alerts.")
        found.signals.append(_signal(mapping, one, found.missed, received_at, else_at))
    return found


def find(value: Any, path: str) -> Any:
    """What is at a path, or the constant that it is; None where nothing is."""
    if path.startswith(CONSTANT):
        return path[len(CONSTANT) :].strip()
    for step in steps(path):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdecimal():
            value = value[int(step)] if len(step) < 7 and int(step) < len(value) else None
        else:
            return None
    return value


def steps(path: str) -> list[str]:
    """The names on the way: of `/a/b` as RFC 6901 has it, of `a.b`, or of `$` for the whole."""
    if path.startswith("/"):
        return [one.replace("~1", "/").replace("~0", "~") for one in path[1:].split("/")]
    bare = path.removeprefix(WHOLE).removeprefix(".")
    return bare.split(".") if bare else []


def severities(lines: str) -> dict[str, int]:
    """What words stand for, by line: `boom = 1`. Raises `ValueError` with a sentence."""
    known = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        word, _, level = line.rpartition("=")
        if not word.strip() or level.strip() not in ("1", "2", "3", "4"):
            raise ValueError(f"“{line[:60]}” is no word and a severity from 1 to 4: boom = 1.")
        known[word.strip().lower()] = int(level)
    return known


def _alerts(mapping: SignalMapping, value: Any) -> Iterator[Any]:
    if not mapping.each:
        yield from value if isinstance(value, list) else [value]
        return
    found = find(value, mapping.each)
    if not isinstance(found, list):
        raise Unreadable(f"“List of alerts” is read from {mapping.each}, where no list is.")
    yield from found


def _signal(
    mapping: SignalMapping, one: Any, missed: list[str], received_at: datetime, else_at: Any
) -> Signal:
    def at(name: str) -> Any:
        path = getattr(mapping, name)
        value = find(one, path) if path else None
        if path and value in (None, "", [], {}):
            sentence = f"“{name}” is read from {path}, where nothing is."
            if name in MANDATORY:
                raise Unreadable(sentence)
            if sentence not in missed:
                missed.append(sentence)
        return value

    said, word = _said(mapping, at("status")), told.line(at("severity"))
    signal = Signal(
        key=_text(told.name(at("key")), "key", mapping.key),
        said=said,
        title=_text(
            told.line(at("title") if mapping.title else at("key"), at_most=told.LONGEST_TITLE),
            "title",
            mapping.title or mapping.key,
        ),
        started_at=_instant(at("started_at"), "started_at", mapping, missed)
        or told.moment(else_at)
        or received_at,
        occurrence=told.name(at("occurrence")),
        severity=severities(mapping.severity_words).get(word.lower(), told.severity(word)),
        severity_word=word,
        body=told.prose(at("body")),
        service=told.line(at("service")),
        environment=told.line(at("environment")),
        group=told.name(at("group")),
        labels=told.labels(at("labels")),
        links=told.links(link=at("link")),
    )
    if said is not Said.RESOLVED:
        return signal
    ended = _instant(at("ended_at"), "ended_at", mapping, missed)
    return replace(signal, ended_at=ended or told.moment(else_at) or received_at)


def _said(mapping: SignalMapping, status: Any) -> Said:
    if not mapping.status:
        return Said.STATELESS
    word = str(status).lower() if isinstance(status, bool) else told.line(status).lower()
    if word in _words(mapping.resolved_words):
        return Said.RESOLVED
    if word in _words(mapping.acknowledged_words):
        return Said.ACKNOWLEDGED
    firing = _words(mapping.firing_words)
    if not word or (firing and word not in firing):
        raise Unreadable(
            f"“status” is read from {mapping.status}, where “{word[:60]}” is: no list of words "
            "holds it."
        )
    return Said.FIRING


def _words(listed: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in listed.split(",")) - {""}


def _text(text: str, name: str, path: str) -> str:
    if not text:
        raise Unreadable(f"“{name}” is read from {path}, where no text and no number is.")
    return text


def _instant(value: Any, name: str, mapping: SignalMapping, missed: list[str]) -> datetime | None:
    found = told.moment(value)
    if found is None and value not in (None, "", [], {}):
        missed.append(f"“{name}” is read from {getattr(mapping, name)}, where no time is.")
    return found

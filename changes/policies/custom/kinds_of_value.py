"""What kinds of value a condition compares, how each is written down, and which operators it has.

A value is kept as plain JSON and compared as `parse` gives it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from changes.policies.reasons import either
from changes.risk import ORDER

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LEVELS = tuple(str(level) for level in sorted(ORDER, key=ORDER.__getitem__))
TEXT_AT_MOST = 120
VALUES_AT_MOST = 50
NUMBER_AT_MOST = 1_000_000
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]", re.ASCII)


class Operator(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"
    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"
    STARTS_WITH = "starts_with"


OPERATOR_WORDS = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
    Operator.CONTAINS: "contains",
    Operator.DOES_NOT_CONTAIN: "does not contain",
    Operator.STARTS_WITH: "starts with",
}
SEVERAL = frozenset({Operator.IN, Operator.NOT_IN})
_SAME = (Operator.IS, Operator.IS_NOT)
_ONE_OF = (*_SAME, *(Operator.IN, Operator.NOT_IN))
_ORDERED = (Operator.AT_LEAST, Operator.AT_MOST)
_HOLDING = (Operator.CONTAINS, Operator.DOES_NOT_CONTAIN)


class WrongValue(ValueError):
    """A value that cannot be compared; says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: its operators, how one is parsed, and how it should be written."""

    name: str
    operators: tuple[Operator, ...]
    parse: Callable[[Any, tuple[str, ...]], Any]
    written: str


def closest(word: Any, known: tuple[str, ...] | list[str]) -> str:
    """` Did you mean kind or tier?`, or nothing where nothing is near."""
    found = get_close_matches(str(word)[:80].lower(), known, n=2)
    return f" Did you mean {either(found)}?" if found else ""


def shown(value: Any) -> str:
    """What somebody wrote, short enough for a sentence."""
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _choice(value: Any, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise WrongValue(
            f"“{shown(value)}” is none of {', '.join(choices)}.{closest(value, choices)}"
        )
    return value


def _text(value: Any, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise WrongValue("Give a word.")
    if len(value) > TEXT_AT_MOST:
        raise WrongValue(f"It has {len(value)} characters; {TEXT_AT_MOST} are the most.")
    return value


def _number(value: Any, choices: tuple[str, ...]) -> int:
    number = type(value) is int or (isinstance(value, str) and re.fullmatch(r"[0-9]{1,7}", value))
    if not number or not 0 <= int(value) <= NUMBER_AT_MOST:
        raise WrongValue(f"“{shown(value)}” is no whole number from 0 to 1,000,000.")
    return int(value)


def _level(value: Any, choices: tuple[str, ...]) -> int:
    return LEVELS.index(_choice(value, LEVELS))


def _yes_no(value: Any, choices: tuple[str, ...]) -> bool:
    said = {"yes": True, "no": False}.get(value) if isinstance(value, str) else value
    if not isinstance(said, bool):
        raise WrongValue(f"“{shown(value)}” is neither yes nor no.")
    return said


def _weekday(value: Any, choices: tuple[str, ...]) -> int:
    return WEEKDAYS.index(_choice(value, WEEKDAYS))


def _time(value: Any, choices: tuple[str, ...]) -> time:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise WrongValue(f"“{shown(value)}” is no time of day. Write it like 14:00.")
    return time.fromisoformat(value)


def _date(value: Any, choices: tuple[str, ...]) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise WrongValue(f"“{shown(value)}” is no date from 2000 on. Write it like 2026-12-24.")


CHOICE = Kind("choice", _ONE_OF, _choice, "one of the words listed")
SLUG = Kind("slug", _ONE_OF, _text, "a slug, such as payments-api")
TEXT = Kind(
    "text", (*_ONE_OF, *_HOLDING, Operator.STARTS_WITH), _text, "text, compared letter by letter"
)
NAMES = Kind("names", _HOLDING, _text, "one name of the list")
NUMBER = Kind("number", (*_SAME, *_ORDERED), _number, "a whole number")
LEVEL = Kind("level", (*_ONE_OF, *_ORDERED), _level, "a level, lowest first")
YES_NO = Kind("yes_no", (Operator.IS,), _yes_no, "yes or no")
WEEKDAY = Kind("weekday", _ONE_OF, _weekday, "a day of the week, such as friday")
TIME = Kind(
    "time", (Operator.BEFORE, Operator.AFTER), _time, "wall time; after 14:00 begins at 14:00"
)
DATE = Kind(
    "date", (*_SAME, Operator.BEFORE, Operator.AFTER), _date, "a date; after it begins the next day"
)
LOCAL: dict[str, Callable[[datetime], Any]] = {
    "weekday": lambda local: local.weekday(),
    "time": lambda local: local.time(),
    "date": lambda local: local.date(),
}
"""What each kind that is read in a time zone takes of an instant there."""

Test = Callable[[Any], bool]


def test_of(operator: Operator, kind: Kind, wanted: Any) -> Test:
    """The comparison of what is found with what is `wanted`, as `parse` gave it."""
    if operator is Operator.AFTER and kind is TIME:
        return lambda found: found >= wanted
    return _TESTS[operator](wanted)


_TESTS: dict[Operator, Callable[[Any], Test]] = {
    Operator.IS: lambda wanted: lambda found: found == wanted,
    Operator.IS_NOT: lambda wanted: lambda found: found != wanted,
    Operator.IN: lambda wanted: lambda found: found in wanted,
    Operator.NOT_IN: lambda wanted: lambda found: found not in wanted,
    Operator.AT_LEAST: lambda wanted: lambda found: found >= wanted,
    Operator.AT_MOST: lambda wanted: lambda found: found <= wanted,
    Operator.BEFORE: lambda wanted: lambda found: found < wanted,
    Operator.AFTER: lambda wanted: lambda found: found > wanted,
    Operator.CONTAINS: lambda wanted: lambda found: wanted in found,
    Operator.DOES_NOT_CONTAIN: lambda wanted: lambda found: wanted not in found,
    Operator.STARTS_WITH: lambda wanted: lambda found: found.startswith(wanted),
}

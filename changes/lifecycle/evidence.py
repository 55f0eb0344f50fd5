"""What a program attaches to a check: an object that can be kept, digested and shown."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError

MOST_BYTES = 64 * 1024
DEEPEST = 20


def demand_evidence(evidence: Mapping[str, Any]) -> None:
    """Raise `ValidationError` for an object that is too large, too deep, or no plain text."""
    wrong = _too_deep(evidence) or _unwritable(evidence)
    if wrong:
        raise ValidationError({"evidence": wrong})


def _too_deep(evidence: Mapping[str, Any]) -> str:
    level: list[Any] = [evidence]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return ""
    return f"This is nested more than {DEEPEST} deep. Send it flatter, or an address under url."


def _unwritable(evidence: Mapping[str, Any]) -> str:
    """Why it cannot be kept: its size, or a text or number that PostgreSQL does not take."""
    text = json.dumps(evidence, ensure_ascii=False)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "This holds half a character (a lone surrogate). Send whole Unicode text."
    if size > MOST_BYTES:
        return f"This has {size:,} bytes, and at most 65,536 are kept. Send an address under url."
    if any(isinstance(leaf, str) and "\0" in leaf for leaf in _leaves(evidence)):
        return "This holds a NUL character. Leave it out."
    if not all(isfinite(leaf) for leaf in _leaves(evidence) if isinstance(leaf, float)):
        return "This holds a number without an end. Send it as text."
    return ""


def _leaves(value: Any) -> Iterator[Any]:
    """What it holds at the ends, and the names of its members."""
    if isinstance(value, Mapping):
        yield from value
    inner = _inside(value)
    if not inner:
        yield value
    for one in inner:
        yield from _leaves(one)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []

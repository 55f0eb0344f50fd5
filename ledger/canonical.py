"""Canonical JSON: the same value always gives the same bytes, so digests can be compared.

# Note [Two writers, one text]
Most values hold text, whole numbers and instants only; orjson writes those six times as fast as the
standard library (5 µs instead of 30 for a refusal of the gate, which is written twice per answer).
What it would write otherwise — floats, subclasses, huge integers, NUL, lone surrogates — is left to
the standard library. `tests/ledger/test_canonical.py` holds the two against each other.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from uuid import UUID

import orjson
from orjson import Fragment

from ledger.decision import rfc3339

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_LEAVES = frozenset({str, int, bool, type(None), datetime, Fragment})
_NUL = b"\\u0000"


def canonical_json(value: object) -> bytes:
    """The value as JSON: keys sorted, no white space, UTF-8.

    Instants are RFC 3339 in UTC, dates ISO 8601, lengths of time seconds, whole floats integers,
    decimals and UUIDs text. What jsonb gives back has the same canonical form as what was put in.
    Raises `TypeError` for a type JSON cannot hold, `ValueError` for NaN, naive instants, NUL and
    lone surrogates.
    """
    if _is_simple(value):
        try:
            octets = orjson.dumps(value, option=_OPTIONS, default=_text)
        except TypeError:
            return _written_slowly(value)
        if _NUL not in octets:
            return octets
    return _written_slowly(value)


def sha256_hex(value: object) -> str:
    """SHA-256 over the canonical JSON of the value, as 64 hex digits."""
    return sha256(canonical_json(value)).hexdigest()


def written(value: object) -> Fragment:
    """The value with its canonical text, to be part of others without being written again."""
    return Fragment(canonical_json(value))


def text_of(part: Fragment) -> str:
    """What `written` wrote."""
    return orjson.dumps(part).decode()


def _is_simple(value: object) -> bool:
    """Whether both writers write it alike; see Note [Two writers, one text]. Types, not kinds."""
    kind = value.__class__
    if kind is dict:
        parts = value.values()  # type: ignore[attr-defined]
    elif kind is list or kind is tuple:
        parts = value
    else:
        return kind in _LEAVES
    if _LEAVES.issuperset(map(type, parts)):
        return True
    for part in parts:  # noqa: SIM110 a call for each leaf would take twice as long
        if part.__class__ not in _LEAVES and not _is_simple(part):
            return False
    return True


def _written_slowly(value: object) -> bytes:
    text = json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def _plain(value: object) -> object:
    if isinstance(value, Fragment):
        return json.loads(orjson.dumps(value))
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("Text must not hold a NUL character. Remove it.")
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _text(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"A JSON key must be text, not {type(key).__name__}.")
    return str(_plain(key))


def _text(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone. Use an aware datetime.")
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _plain(value.total_seconds())
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"JSON has no form for {type(value).__name__}.")

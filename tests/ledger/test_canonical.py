import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.canonical import canonical_json, sha256_hex, text_of, written

storable_text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(storable_text, inner, max_size=4),
    max_leaves=12,
)


class Word(StrEnum):
    OPEN = "open"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("naïve ☂", '"naïve ☂"'),
        (datetime(2026, 11, 20, 17, tzinfo=timezone(timedelta(hours=1))), '"2026-11-20T16:00:00Z"'),
        (
            datetime(2026, 11, 20, 16, 0, 0, 250000, tzinfo=UTC),
            '"2026-11-20T16:00:00.250000Z"',
        ),
        (date(2026, 11, 20), '"2026-11-20"'),
        (timedelta(minutes=90), "5400"),
        (1.0, "1"),
        (0.5, "0.5"),
        (Decimal("1.50"), '"1.50"'),
        (UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        (Word.OPEN, '"open"'),
        ((1, 2), "[1,2]"),
    ],
)
def test_a_value_has_one_text(value, text):
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (datetime(2026, 11, 20), ValueError),  # noqa: DTZ001
        ("a\x00b", ValueError),
        ("\ud800", ValueError),
        ({1: "a"}, TypeError),
        ({"a": object()}, TypeError),
        (b"bytes", TypeError),
        ({1, 2}, TypeError),
    ],
)
def test_what_json_cannot_hold_is_refused(value, error):
    with pytest.raises(error):
        canonical_json(value)


anything = st.recursive(
    json_values | st.integers(-(2**80), 2**80) | st.datetimes(timezones=st.just(UTC)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(storable_text, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything)
def test_both_writers_write_the_same_text(value):
    assert canonical_json(value) == canonical._written_slowly(value)


@given(json_values, json_values)
def test_a_part_that_is_written_already_is_part_of_the_same_text(part, beside):
    whole = {"a": part, "b": beside, "c": datetime(2026, 11, 20, tzinfo=UTC)}

    assert canonical_json({**whole, "a": written(part)}) == canonical_json(whole)
    assert text_of(written(part)) == canonical_json(part).decode()


def test_both_writers_escape_every_character_alike():
    for number in range(1, 0x3000):
        text = chr(number)
        assert canonical_json({text: text}) == canonical._written_slowly({text: text})


def test_key_order_does_not_matter_to_the_digest():
    assert sha256_hex({"a": 1, "b": 2}) == sha256_hex({"b": 2, "a": 1})


@pytest.mark.django_db
def test_jsonb_gives_back_what_has_the_same_text():
    @given(json_values)
    def stays_the_same(value):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::jsonb", [canonical_json(value).decode()])
            (stored,) = cursor.fetchone()
        assert canonical_json(json.loads(stored)) == canonical_json(value)

    stays_the_same()

"""Values are what JSON says they are, or refused with a sentence."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.wire import Instant, Link, Number, Strict, Text, Truth, Word, asked, taken


class Order(Strict):
    """One field of each kind."""

    text = Text(required=False)
    count = Number(required=False)
    urgent = Truth(required=False)
    size = Word([("s", "Small"), ("l", "Large")], required=False)
    at = Instant(required=False)
    link = Link(required=False)
    tags = serializers.ListField(child=Text(), required=False)


def sentence(given: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        taken(Order, given)
    detail: Any = refused.value.detail
    return {name: [str(one) for one in sentences] for name, sentences in detail.items()}


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("text", " a ", "a"),
        ("count", 3, 3),
        ("count", 3.0, 3),
        ("urgent", False, False),
        ("size", "s", "s"),
        ("at", "2026-11-23T09:00:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("at", "2026-11-23T09:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("at", "2026-11-23t09:00:00.25z", datetime(2026, 11, 23, 9, 0, 0, 250000, tzinfo=UTC)),
        ("link", "https://example.org/a?b", "https://example.org/a?b"),
        ("tags", ["a", "b"], ["a", "b"]),
    ],
)
def test_a_value_of_the_right_type_is_taken(field, value, kept):
    assert taken(Order, {field: value}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("text", 7, "Give text, in quotes."),
        ("text", True, "Give text, in quotes."),
        ("text", None, "This field may not be null."),
        ("count", "3", "Give a whole number, without quotes."),
        ("count", 3.5, "Give a whole number, without quotes."),
        ("count", True, "Give a whole number, without quotes."),
        ("urgent", "true", "Give true or false, without quotes."),
        ("urgent", 1, "Give true or false, without quotes."),
        ("size", "m", "“m” is not known here. Use one of: s, l."),
        ("size", ["s"], "Use one of: s, l."),
        ("at", "2026-11-23", "Give a time such as 2026-11-23T09:00:00+01:00."),
        (
            "at",
            "2026-11-23T09:00:00",
            "Give the time with its offset, such as 2026-11-23T09:00:00+01:00.",
        ),
        ("at", "2026-11-23T25:00:00Z", "There is no such time. Check day, hour and offset."),
        ("at", "1999-12-31T00:00:00Z", "Give a time in the years 2000 to 2199."),
        ("at", 1795424400, "Give a time such as 2026-11-23T09:00:00+01:00."),
        (
            "link",
            "ftp://example.org",
            "Give an address that begins with https:// or http://.",
        ),
        ("colour", "red", "There is no such field. Leave it out."),
    ],
)
def test_a_value_of_another_type_is_refused_in_words(field, value, told):
    assert sentence({field: value}) == {field: [told]}


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(ValidationError):
        taken(Order, body)


def test_every_wrong_field_is_told_at_once():
    assert list(sentence({"text": 7, "count": "x", "colour": "red"})) == ["text", "count", "colour"]


def test_a_query_may_repeat_lists_only():
    assert asked(Order, QueryDict("tags=a&tags=b&text=c")) == {"tags": ["a", "b"], "text": "c"}
    with pytest.raises(ValidationError) as refused:
        asked(Order, QueryDict("text=a&text=b"))
    assert refused.value.detail == {"text": ["Give it once."]}

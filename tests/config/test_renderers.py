"""Answers are the same JSON as the REST framework writes."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from rest_framework.renderers import JSONRenderer

from config.renderers import QuickJSONRenderer

VALUES = [
    {"b": [1, 2.5, True, None], "a": {"naïve": "☂"}},
    {"at": datetime(2026, 11, 20, 16, tzinfo=UTC), "day": date(2026, 11, 20)},
    {"id": UUID(int=7), "cost": Decimal("1.50"), "length": timedelta(minutes=90)},
    {"huge": 2**80},
    [],
    "text",
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_is_written_as_the_framework_writes_it(value: object) -> None:
    ours, theirs = QuickJSONRenderer().render(value), JSONRenderer().render(value)

    assert json.loads(ours) == json.loads(theirs)


def test_no_answer_is_no_text() -> None:
    assert QuickJSONRenderer().render(None) == b""


def test_indented_is_written_when_asked() -> None:
    written = QuickJSONRenderer().render({"a": 1}, "application/json; indent=2")

    assert written == b'{\n  "a": 1\n}'

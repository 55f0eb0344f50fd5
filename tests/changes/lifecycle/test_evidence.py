"""Evidence is an object that can be kept, digested and shown; anything else is a wrong field."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes.lifecycle.evidence import DEEPEST, MOST_BYTES, demand_evidence


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth - 1):
        found = {"in": found}
    return found


@pytest.mark.parametrize(
    "evidence",
    [{}, {"é": ["ü", None, True, 1.5, -3]}, {"of": "x" * (MOST_BYTES - 10)}, nested(DEEPEST)],
)
def test_plain_objects_are_kept(evidence: dict[str, Any]) -> None:
    demand_evidence(evidence)


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ({"of": "x" * MOST_BYTES}, "This has 65,546 bytes"),
        ({"of": "é" * (MOST_BYTES // 2)}, "This has 65,546 bytes"),
        (nested(DEEPEST + 1), "This is nested more than 20 deep."),
        (nested(100_000), "This is nested more than 20 deep."),
        ({"of": "a\x00b"}, "This holds a NUL character."),
        ({"a\x00b": 1}, "This holds a NUL character."),
        ({"of": "\ud800"}, "This holds half a character"),
        ({"of": [float("inf")]}, "This holds a number without an end."),
        ({"of": float("nan")}, "This holds a number without an end."),
    ],
)
def test_what_cannot_be_kept_says_why(evidence: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        demand_evidence(evidence)

    assert refused.value.message_dict["evidence"][0].startswith(told)


def test_text_that_spells_a_nul_is_text() -> None:
    demand_evidence({"of": "a backslash: \\u0000"})

"""Bodies are read strictly."""

import json

import pytest

from catalog.json_body import DEEPEST, BodyRefused, parsed


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_a_body_may_be_nested_as_deep_as_anything_here_needs():
    assert parsed(nested(DEEPEST)) == json.loads(nested(DEEPEST))


@pytest.mark.parametrize("depth", [DEEPEST + 1, 900, 100_000])
def test_a_body_nested_deeper_is_refused(depth):
    with pytest.raises(BodyRefused) as refused:
        parsed(nested(depth))

    assert refused.value.status_code == 422


def test_a_wide_body_is_not_a_deep_one():
    wide = {"rows": [{"name": "x"}] * 1000}

    assert parsed(json.dumps(wide).encode()) == wide

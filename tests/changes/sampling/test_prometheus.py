"""What Prometheus says: one finite number is a figure, all else is named and never passes.

The answers have the shape in which Prometheus 2.42 sends them.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from changes.policies.soaking import Look
from changes.sampling.prometheus import read
from ledger.fetching import Fetched

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


def vector(*values: str) -> dict[str, Any]:
    result = [
        {"metric": {"instance": f"127.0.0.1:{n}"}, "value": [1795251600.123, value]}
        for n, value in enumerate(values)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def told(body: Any, *, comparison: str = "<", threshold: float = 0.01, status: int = 200) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(Fetched(status, raw, 3), comparison=comparison, threshold=threshold, now=NOW)


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_a_figure_is_compared(comparison: str, below: bool, equal: bool, above: bool):
    found = [
        told(vector(text), comparison=comparison, threshold=5).holds for text in ("4.5", "5", "6")
    ]

    assert found == [below, equal, above]


def test_a_figure_is_told_with_its_threshold():
    assert (told(vector("0.002")).said, told(vector("0.002")).value) == ("0.002 is < 0.01.", 0.002)
    assert told(vector("0.5")).said == "0.5 is not < 0.01."
    assert told(vector("0.5")).word is Look.MISSED


def test_a_scalar_is_a_figure_too():
    body = {"status": "success", "data": {"resultType": "scalar", "result": [1795251600, "0"]}}

    assert told(body).holds


@pytest.mark.parametrize(
    ("body", "word", "said"),
    [
        (vector(), Look.EMPTY, "the answer is empty"),
        (vector("NaN"), Look.NO_NUMBER, "answers NaN"),
        (vector("+Inf"), Look.NO_NUMBER, "answers +Inf"),
        (vector("-Inf"), Look.NO_NUMBER, "answers -Inf"),
        (vector("0", "0", "0"), Look.SEVERAL, "3 series"),
        ({**vector("0"), "warnings": ["no store"]}, Look.UNREADABLE, "in part only: no store"),
        (
            {
                "status": "error",
                "errorType": "bad_data",
                "error": 'invalid parameter "query": 1:4: parse error: unexpected end of input '
                "inside braces",
            },
            Look.REFUSED,
            "parse error: unexpected end of input inside braces",
        ),
        (
            {"status": "error", "errorType": "timeout", "error": "query timed out in expression"},
            Look.REFUSED,
            "query timed out",
        ),
        (
            {"status": "success", "data": {"resultType": "matrix", "result": []}},
            Look.UNREADABLE,
            "a matrix",
        ),
        (
            {"status": "success", "data": {"resultType": "string", "result": [1, "0"]}},
            Look.UNREADABLE,
            "a string",
        ),
        ({"status": "success", "data": None}, Look.UNREADABLE, "nothing known"),
        ({"status": "success"}, Look.UNREADABLE, "nothing known"),
        (vector("zero"), Look.UNREADABLE, "without a number"),
        (
            {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}},
            Look.UNREADABLE,
            "without a number",
        ),
        ([1, 2], Look.UNREADABLE, "not as Prometheus does"),
        (b"<html>502 Bad Gateway</html>", Look.UNREADABLE, "not as Prometheus does"),
        (b"", Look.UNREADABLE, "not as Prometheus does"),
    ],
)
@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">="])
def test_what_is_no_figure_is_named_and_never_holds(
    body: Any, word: Look, said: str, comparison: str
):
    sample = told(body, comparison=comparison, threshold=0)

    assert (sample.word, sample.holds, sample.value) == (word, False, None)
    assert said in sample.said

"""Whether an address answers as it should."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from changes.policies.soaking import Look, Sample
from ledger.fetching import fetch

_REDIRECTS = range(300, 400)


def ask(*, asks: Mapping[str, Any], now: datetime) -> Sample:
    """One look; `value` is how many milliseconds the answer took.

    Redirects are followed, unless one is what is expected. Raises `NotFetched`.
    """
    answer = fetch(
        url=asks["url"],
        method=asks["method"],
        seconds=asks["timeout_seconds"],
        most_bytes=asks["most_bytes"],
        follow=asks["expected_status"] not in _REDIRECTS,
    )
    took = f"in {answer.took_ms} ms"
    if answer.status != asks["expected_status"]:
        said = f"It answered {answer.status} {took}, not {asks['expected_status']}."
        return Sample(now, Look.MISSED, said, answer.took_ms)
    if asks["contains"] and asks["contains"].encode() not in answer.body:
        said = f"It answered {answer.status} {took}, without “{asks['contains']}”."
        return Sample(now, Look.MISSED, said, answer.took_ms)
    return Sample(now, Look.HELD, f"It answered {answer.status} {took}.", answer.took_ms)

"""An instant query to Prometheus, and what its answer says. Only one finite number is a figure.

Source: prometheus.io/docs/prometheus/latest/querying/api (instant queries, format of answers).
"""

import math
from typing import Any
from urllib.parse import urlencode

import orjson

from ledger.fetching import Fetched, NotFetched, Trouble, fetch

MOST_BYTES = 1_000_000
_SAID_AT_MOST = 200


def asked(query: str, *, base_url: str, bearer: str, seconds: float) -> Fetched:
    """The answer to an instant query; raises `NotFetched` where there was none."""
    return fetch(
        url=f"{base_url.rstrip('/')}/api/v1/query?{urlencode({'query': query})}",
        seconds=seconds,
        most_bytes=MOST_BYTES,
        bearer=bearer,
    )


def figure(answer: Fetched) -> float:
    """The one finite number of an answer; raises `NotFetched` with what it is instead."""
    said = _json(answer)
    if said.get("status") != "success":
        told = str(said.get("error", ""))[:_SAID_AT_MOST] or f"status {answer.status}"
        raise NotFetched(Trouble.REFUSED, f"Prometheus says: {told}")
    if said.get("warnings"):
        told = "; ".join(map(str, said["warnings"]))[:_SAID_AT_MOST]
        raise NotFetched(Trouble.UNREADABLE, f"Prometheus answers in part only: {told}")
    text = _value(said.get("data"))
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise _unreadable() from None
    if not math.isfinite(value):
        raise NotFetched(Trouble.NO_NUMBER, f"Prometheus answers {text}, which is no number.")
    return value


def _json(answer: Fetched) -> dict[str, Any]:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or "status" not in said:
        raise NotFetched(
            Trouble.UNREADABLE, f"It answered {answer.status}, and not as Prometheus does."
        )
    return said


def _value(data: Any) -> Any:
    """The text of the only sample of a vector, or of a scalar."""
    kind, found = (data or {}).get("resultType"), (data or {}).get("result")
    if kind == "scalar" and isinstance(found, list) and len(found) == 2:
        return found[1]
    if kind != "vector" or not isinstance(found, list):
        shown = kind if isinstance(kind, str) else "nothing known"
        raise NotFetched(Trouble.UNREADABLE, f"Prometheus answers a {shown}, not one number.")
    if not found:
        raise NotFetched(Trouble.EMPTY, "Prometheus knows no such series: the answer is empty.")
    if len(found) > 1:
        raise NotFetched(
            Trouble.SEVERAL, f"Prometheus answers {len(found)} series: sum or narrow them to one."
        )
    try:
        return found[0]["value"][1]
    except (KeyError, IndexError, TypeError):
        raise _unreadable() from None


def _unreadable() -> NotFetched:
    return NotFetched(Trouble.UNREADABLE, "Prometheus answers a series without a number.")

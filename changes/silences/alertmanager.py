"""The silences of a real Alertmanager, over its API v2.

Source: github.com/prometheus/alertmanager, api/v2/openapi.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from ledger.decision import rfc3339
from ledger.fetching import Fetched, NotFetched, Trouble, fetch

SECONDS: Final = 8
MOST_BYTES: Final = 1_000_000
OVER: Final = "expired"
_SAID = 200


@dataclass(frozen=True, slots=True)
class Where:
    """An Alertmanager, and the token it asks for."""

    base_url: str
    bearer: str = ""

    def asked(self, path: str, *, method: str = "GET", body: Any = None) -> Fetched:
        return fetch(
            url=f"{self.base_url.rstrip('/')}/api/v2/{path}",
            method=method,
            seconds=SECONDS,
            most_bytes=MOST_BYTES,
            bearer=self.bearer,
            content=None if body is None else orjson.dumps(body),
        )


def put(
    where: Where,
    *,
    matchers: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime,
    comment: str,
) -> str:
    """Set a silence; answers its id. Raises `NotFetched`."""
    body = {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in matchers.items()
        ],
        "startsAt": rfc3339(starts_at),
        "endsAt": rfc3339(ends_at),
        "createdBy": "tidegate",
        "comment": comment,
    }
    said = _read(where.asked("silences", method="POST", body=body))
    number = said.get("silenceID") if isinstance(said, dict) else None
    if not isinstance(number, str) or not number:
        raise NotFetched(Trouble.UNREADABLE, "It answered without the id of the silence.")
    return number


def found(where: Where, *, matchers: Mapping[str, str], comment: str) -> str:
    """The id of a silence that was set and not heard of; "" where there is none."""
    wanted = urlencode([("filter", f'{name}="{value}"') for name, value in matchers.items()])
    said = _read(where.asked(f"silences?{wanted}"))
    for one in said if isinstance(said, list) else []:
        state = (one.get("status") or {}).get("state")
        if one.get("comment") == comment and state != OVER:
            return str(one.get("id", ""))
    return ""


def expire(where: Where, number: str) -> None:
    """End a silence; one that is over, or gone, is ended. Raises `NotFetched`."""
    answer = where.asked(f"silence/{number}", method="DELETE")
    if answer.status in (200, 404):
        return
    left = where.asked(f"silence/{number}")
    if left.status == 404 or (left.status == 200 and _state(left) == OVER):
        return
    _read(answer)


def _state(answer: Fetched) -> str:
    said = _read(answer)
    return str((said.get("status") or {}).get("state", "")) if isinstance(said, dict) else ""


def _read(answer: Fetched) -> Any:
    if answer.status != 200:
        told = answer.body.decode("utf-8", "replace").strip()[:_SAID]
        raise NotFetched(Trouble.REFUSED, f"It answered {answer.status}: {told or 'nothing'}")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise NotFetched(Trouble.UNREADABLE, "It answered, and not as Alertmanager does.") from None

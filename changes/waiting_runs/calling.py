"""One request to a tool's API: bounded in time and size, and never to an address inside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx2
import orjson

from ledger import outbound
from ledger.channels.failures import NotSent
from ledger.retry_after import asked_wait
from ledger.safe_transport import NotReached

TIMEOUT_SECONDS = 10
LONGEST_SECONDS = 20
MOST_BYTES = 500_000
LONGEST_WORDS = 300
_WORTH_ANOTHER_TRY = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answered:
    """What the tool answered: its status, its JSON or None, and the wait it asked for."""

    status: int
    body: Any
    retry_after: timedelta | None = None

    @property
    def words(self) -> str:
        """The status, and what the tool said about it."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        named = f"{self.status} {_phrase(self.status)}".strip()
        return f"{named}: {' '.join(str(said).split())}"[:LONGEST_WORDS] if said else named


def call(
    method: str,
    url: str,
    *,
    bearer: str,
    now: datetime,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answered:
    """What a tool answers; no redirect is followed. Raises `NotSent` where nothing answers.

    The bearer is in no message and in no log.
    """
    sent = {"authorization": f"Bearer {bearer}", **(headers or {})}
    content = orjson.dumps(body) if body is not None else None
    if content is not None:
        sent["content-type"] = "application/json"
    try:
        with (
            outbound.client(seconds=LONGEST_SECONDS, timeout=TIMEOUT_SECONDS) as client,
            client.stream(method, url, content=content, headers=sent) as response,
        ):
            wait = asked_wait(response.headers.get("retry-after", ""), now=now)
            return Answered(response.status_code, _read(response), wait)
    except NotReached as problem:
        raise NotSent(str(problem), permanent=problem.permanent) from problem
    except httpx2.InvalidURL as problem:
        raise NotSent("The address cannot be read.", permanent=True) from problem
    except httpx2.HTTPError as problem:
        told = str(problem) or type(problem).__name__
        raise NotSent(f"{httpx2.URL(url).host} could not be reached: {told}.") from problem


def refused(answered: Answered, what: str) -> NotSent:
    """Why something was not taken, and whether trying again may help.

    What is wrong with a key or a right is put right by people, so it is tried again too.
    """
    status = answered.status
    return NotSent(
        f"{what}: {answered.words}",
        permanent=300 <= status < 500 and status not in _WORTH_ANOTHER_TRY,
        retry_after=answered.retry_after,
    )


def _read(response: httpx2.Response) -> Any:
    """The JSON of an answer; None for what is none, or is too long."""
    read = bytearray()
    for part in response.iter_raw():
        read += part
        if len(read) > MOST_BYTES:
            return None
    try:
        return orjson.loads(bytes(read))
    except orjson.JSONDecodeError:
        return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""

"""Calling a tool over HTTP: reached safely, bounded in time, and quoted without its secrets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson

from ledger import outbound, sealing
from ledger.channels.failures import NotSent
from ledger.retry_after import asked_wait
from ledger.safe_transport import NotReached

TIMEOUT_SECONDS = 10
LONGEST_SECONDS = 20
FIRST_BYTES = 200
LONGEST_ANSWER = 262_144
WORTH_ANOTHER_TRY = frozenset({408, 420, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered; `body` is cut off, `said` its first words without secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    said: str

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class Caller:
    """Calls one receiver, for one message: all calls together take 20 seconds at most."""

    def __init__(self, client: httpx2.Client, *, now: datetime, secrets: tuple[str, ...]) -> None:
        self._client, self._now = client, now
        self._secrets = tuple(sorted(filter(None, secrets), key=len, reverse=True))

    def post(self, url: str, body: Any, **headers: str) -> Answer:
        """POST JSON; raises `NotSent` unless the answer is 2xx."""
        return self.call("POST", url, body=body, **headers)

    def call(self, method: str, url: str, *, body: Any = None, **headers: str) -> Answer:
        """One call; raises `NotSent` unless the answer is 2xx."""
        answer = self.ask(method, url, body=body, **headers)
        if not 200 <= answer.status < 300:
            raise self.refused(answer)
        return answer

    def ask(self, method: str, url: str, *, body: Any = None, **headers: str) -> Answer:
        """One call, whatever is answered; raises `NotSent` where nothing is. `body` is JSON, or
        bytes sent as they are. Names of headers are written with `_` for `-`."""
        content = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            told = {"content-type": "application/json"} | told
        if urlsplit(url).scheme not in ("https", "http"):
            raise NotSent("Only an https:// address is reached.", permanent=True)
        try:
            with self._client.stream(method, url, content=content, headers=told) as response:
                read = _read(response)
                return Answer(response.status_code, response.headers, read, self._scrub(read))
        except NotReached as error:
            raise NotSent(self._clean(str(error)), permanent=error.permanent) from None
        except httpx2.InvalidURL:
            raise NotSent("The address cannot be read.", permanent=True) from None
        except httpx2.HTTPError as error:
            told_error = self._clean(str(error)) or type(error).__name__
            raise NotSent(f"The receiver could not be reached: {told_error}") from None

    def refused(self, answer: Answer) -> NotSent:
        """Why a message with this answer is not sent, and when it is worth another try."""
        status = answer.status
        return NotSent(
            f"The receiver answered {_named(status)}: {answer.said}".rstrip(": "),
            permanent=300 <= status < 500 and status not in WORTH_ANOTHER_TRY,
            retry_after=self.wait(answer),
        )

    def wait(self, answer: Answer) -> timedelta | None:
        """How long the receiver asked to be left alone; None where it did not."""
        return asked_wait(answer.headers.get("retry-after", ""), now=self._now)

    def _scrub(self, read: bytes) -> str:
        first = read[: FIRST_BYTES * 4].decode("utf-8", "replace").replace("\x00", "")
        return self._clean(" ".join(first.split()))[:FIRST_BYTES]

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


@contextmanager
def caller(*, now: datetime, secrets: tuple[str, ...] = ()) -> Iterator[Caller]:
    """A caller whose messages never quote these secrets. No redirect is followed."""
    with outbound.client(seconds=LONGEST_SECONDS, timeout=TIMEOUT_SECONDS) as client:
        yield Caller(client, now=now, secrets=secrets)


def unsealed(sealed: bytes) -> str:
    """A receiver's secret; raises `NotSent` where the SECRET_KEY was replaced."""
    try:
        return sealing.unseal(sealed).decode()
    except sealing.Unreadable as error:
        raise NotSent(str(error)) from error


def _read(response: httpx2.Response) -> bytes:
    """The answer's first part: of a refusal what comes first, of a success what a tool may need.

    No receiver can fill memory, and none can hold us beyond the time of the transport.
    """
    if not response.is_success:
        return next(response.iter_raw(), b"")[:LONGEST_ANSWER]
    read = b""
    with suppress(httpx2.HTTPError):  # It was taken; what it says of that may never end.
        for piece in response.iter_raw():
            read += piece
            if len(read) >= LONGEST_ANSWER:
                break
    return read[:LONGEST_ANSWER]


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

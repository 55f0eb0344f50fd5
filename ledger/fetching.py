"""One request to an address that somebody gave us: bounded in time and size, and never inside."""

import time
from dataclasses import dataclass
from enum import StrEnum

import httpx2

from ledger import outbound
from ledger.download import refuse_address
from ledger.safe_transport import NotReached

MOST_REDIRECTS = 3


class Trouble(StrEnum):
    """Why there was nothing to look at, or no figure in it."""

    EMPTY = "empty"
    NO_NUMBER = "no_number"
    SEVERAL = "several"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    NOT_REACHED = "not_reached"


class NotFetched(Exception):
    """There was no answer to look at; `word` says why."""

    def __init__(self, word: Trouble, message: str) -> None:
        self.word = word
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, its body read as far as it was asked for."""

    status: int
    body: bytes
    took_ms: int


def fetch(
    *,
    url: str,
    method: str = "GET",
    seconds: float,
    most_bytes: int,
    follow: bool = False,
    bearer: str = "",
    content: bytes | None = None,
) -> Fetched:
    """What an address answers within `seconds`; a body of more than `most_bytes` is refused.

    Where redirects are followed, each is checked as the address was; none is with a `bearer`.
    `content` is JSON that is sent.
    Raises `NotFetched` with a sentence that holds no secret.
    """
    begun = time.monotonic()
    headers = {}
    redirects = MOST_REDIRECTS if follow and not bearer else None
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    if content is not None:
        headers["content-type"] = "application/json"
    try:
        refuse_address(url)
        with (
            outbound.client(seconds=seconds, timeout=seconds, redirects=redirects) as client,
            client.stream(method, url, headers=headers, content=content) as answer,
        ):
            body = _body(answer, until=begun + seconds, most_bytes=most_bytes)
            took = round((time.monotonic() - begun) * 1000)
            return Fetched(answer.status_code, body, took)
    except NotReached as problem:
        raise NotFetched(Trouble.NOT_REACHED, str(problem)) from problem
    except httpx2.InvalidURL as problem:
        raise NotFetched(Trouble.NOT_REACHED, "The address cannot be read.") from problem
    except httpx2.TooManyRedirects as problem:
        raise NotFetched(Trouble.NOT_REACHED, "It redirects more than three times.") from problem
    except httpx2.TimeoutException as problem:
        raise _late(seconds) from problem
    except httpx2.HTTPError as problem:
        told = str(problem) or type(problem).__name__
        raise NotFetched(Trouble.NOT_REACHED, f"It could not be reached: {told}.") from problem


def _body(answer: httpx2.Response, *, until: float, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    for part in answer.iter_raw():
        length += len(part)
        if length > most_bytes:
            raise NotFetched(Trouble.TOO_LARGE, f"The answer is larger than {most_bytes:,} bytes.")
        if time.monotonic() > until:
            raise NotFetched(Trouble.TIMED_OUT, "The answer was not read in time.")
        parts.append(part)
    return b"".join(parts)


def _late(seconds: float) -> NotFetched:
    return NotFetched(Trouble.TIMED_OUT, f"No answer within {seconds:g} seconds.")

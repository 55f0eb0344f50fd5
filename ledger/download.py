"""Downloading small text from an address that somebody gave us."""

import time
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import httpx2

from ledger import outbound
from ledger.retry_after import asked_wait
from ledger.safe_transport import NotReached

TIMEOUT_SECONDS = 10
LONGEST_SECONDS = 15
MOST_REDIRECTS = 3
MEGABYTE = 1_000_000
LONGEST_ADDRESS = 2000
LONGEST_VALIDATOR = 200
LONGEST_DATE = 60


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What was there; `content` is None where it is still what the validators named before."""

    content: bytes | None
    etag: str
    last_modified: str = ""


def download(
    *,
    url: str,
    at_most: int,
    now: datetime,
    etag: str = "",
    last_modified: str = "",
    redirects: int = MOST_REDIRECTS,
) -> Downloaded:
    """The bytes at an address, `at_most` of them; no address inside is reached.

    `redirects` are followed at most, each checked like the address itself. Raises `NotReached`
    with a sentence, and with the wait that the server asked for.
    """
    refuse_address(url)
    headers = {}
    if etag:
        headers["if-none-match"] = etag
    elif last_modified:
        headers["if-modified-since"] = last_modified
    try:
        with (
            outbound.client(
                seconds=LONGEST_SECONDS, timeout=TIMEOUT_SECONDS, redirects=redirects
            ) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code == HTTPStatus.NOT_MODIFIED and (etag or last_modified):
                return Downloaded(None, etag, last_modified)
            return _taken(answer, at_most=at_most, now=now)
    except httpx2.InvalidURL as error:
        raise NotReached(f"The address cannot be read: {error}.", permanent=True) from error
    except httpx2.TooManyRedirects as error:
        often = "more than three times" if redirects else "elsewhere, where nobody follows it"
        raise NotReached(f"It redirects {often}.", permanent=True) from error
    except httpx2.HTTPError as error:
        raise NotReached(f"It could not be reached: {error or type(error).__name__}.") from error


def refuse_address(url: str) -> None:
    """Raise `NotReached` with a sentence for an address that is never asked for."""
    if len(url) > LONGEST_ADDRESS or not url.isprintable():
        raise NotReached(
            f"An address has at most {LONGEST_ADDRESS} characters, all printable.", permanent=True
        )
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise NotReached(f"The address cannot be read: {error}.", permanent=True) from error
    if parts.scheme not in ("https", "http") or not parts.host:
        raise NotReached("Give an address that begins with https://.", permanent=True)
    if parts.userinfo:
        raise NotReached(
            "The address must not hold a name or a password: it is kept and shown as it is.",
            permanent=True,
        )


def _taken(answer: httpx2.Response, *, at_most: int, now: datetime) -> Downloaded:
    if answer.status_code != HTTPStatus.OK:
        said = f"{answer.status_code} {answer.reason_phrase}".strip()
        wait = asked_wait(answer.headers.get("retry-after", ""), now=now)
        raise NotReached(f"The server answered {said}.", retry_after=wait)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotReached("The server sent it packed, though it was asked not to.")
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > at_most:
        raise _too_large(at_most, found=int(declared[:18]))
    return Downloaded(
        _read(answer, at_most=at_most),
        answer.headers.get("etag", "")[:LONGEST_VALIDATOR],
        answer.headers.get("last-modified", "")[:LONGEST_DATE],
    )


def _read(answer: httpx2.Response, *, at_most: int) -> bytes:
    """All of it, unless it grows too large or takes too long."""
    until = time.monotonic() + LONGEST_SECONDS
    parts: list[bytes] = []
    length = 0
    for part in answer.iter_raw():
        length += len(part)
        if length > at_most:
            raise _too_large(at_most)
        if time.monotonic() > until:
            raise NotReached(f"It was not read within {LONGEST_SECONDS} seconds.")
        parts.append(part)
    return b"".join(parts)


def _too_large(at_most: int, *, found: int = 0) -> NotReached:
    size = (
        f"is {found / MEGABYTE:,.1f} MB" if found else f"is larger than {at_most / MEGABYTE:g} MB"
    )
    return NotReached(f"It {size}; at most {at_most / MEGABYTE:g} MB is read.", permanent=True)

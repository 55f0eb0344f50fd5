"""Request bodies, read before a turn is taken and within a bounded time.

# Note [Cutting a reader off]
Granian's `wsgi.input` blocks until the client has sent what it promised, and knows no time-out; a
thread inside it cannot be called back. But Granian takes an answer from any thread. So a watchman
answers 408 in the reader's place, through the protocol object that Granian's own frame holds. The
connection then still waits for the rest of the body, so it is closed below Granian. It is the one
that was owed an answer for as long as the reader waited, and is sent one just when 408 is answered;
Granian names neither its socket nor its port.

# Note [Large bodies]
A notification of thousands of alerts is larger than anything people send, and whoever sends it is
known only by looking at it. So the large bodies that are being read or worked on share one room of
64 MB in each process; who finds no room is told 503, and comes again.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

from config import connections_below, problems
from config.turns import Application

CHECK_SECONDS = 0.5
LARGE_BODIES_BYTES = 64_000_000
COME_AGAIN_SECONDS = 5
log = logging.getLogger("tidegate.request")


class Answering(Protocol):
    """What Granian answers a request through; only the first answer counts."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whose body is being read since `at` (seconds, monotonic)."""

    at: float
    protocol: Answering | None


class WholeBodies:
    """A WSGI application that hands on requests whose body has arrived; others get 408."""

    def __init__(
        self,
        application: Application,
        *,
        longest_body: int,
        seconds: float,
        large: tuple[str, ...] = (),
        largest_body: int = 0,
    ) -> None:
        """Bodies over `longest_body` bytes are handed on unread: they are refused by length.

        At addresses that begin as one of `large` they may have `largest_body`; see Note [Large
        bodies].
        """
        self._application = application
        self._large, self._largest_body = large, largest_body
        self._room = LARGE_BODIES_BYTES
        self._taking = threading.Lock()
        self._longest_body = longest_body
        self._seconds = seconds
        self._readers: dict[int, Reader] = {}
        self._watching = threading.Lock()
        self._watchman: threading.Thread | None = None
        self._over = threading.Event()  # never: the watchman ends with its process

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH") or ""
        length = int(said) if said.isdecimal() else 0
        protocol = sys._getframe(1).f_locals.get("proto")
        if length <= self._longest_body:
            return self._whole(environ, start, length, protocol)
        if not environ["PATH_INFO"].startswith(self._large) or length > self._largest_body:
            return self._application(environ, start)
        if not self._take(length):
            return _no_room(start)
        try:
            return self._whole(environ, start, length, protocol)
        finally:
            self._take(-length)

    def _whole(
        self,
        environ: dict[str, Any],
        start: Callable[..., Any],
        length: int,
        protocol: Answering | None,
    ) -> Iterable[bytes]:
        """Hand on a request once its body is here."""
        if length:
            body = self._read(environ, length, protocol)
            if len(body) < length:
                return _too_slow(start)  # heard by nobody: cut off, or gone by itself
            environ["wsgi.input"] = BytesIO(body)
        return self._application(environ, start)

    def _take(self, length: int) -> bool:
        """Take room for a large body where there is so much, or give it back."""
        with self._taking:
            if length > self._room:
                return False
            self._room -= length
            return True

    def _read(self, environ: dict[str, Any], length: int, protocol: Answering | None) -> bytes:
        if self._watchman is None:
            self._start_watching()
        me = threading.get_ident()
        self._readers[me] = Reader(time.monotonic(), protocol)
        try:
            return bytes(environ["wsgi.input"].read(length))
        finally:
            self._readers.pop(me, None)

    def _start_watching(self) -> None:
        with self._watching:
            if self._watchman is None:
                self._watchman = threading.Thread(target=self._watch, daemon=True)
                self._watchman.start()

    def _watch(self) -> None:
        while True:
            self._over.wait(CHECK_SECONDS)
            late = time.monotonic() - self._seconds
            slow = {me: one for me, one in list(self._readers.items()) if one.at < late}
            if slow:
                self._cut(slow)

    def _cut(self, slow: dict[int, Reader]) -> None:
        unanswered = connections_below.unanswered(seconds=self._seconds - CHECK_SECONDS)
        for me, reader in slow.items():
            self._readers.pop(me, None)
            if reader.protocol is not None:
                reader.protocol.response_bytes(408, *_answer())
            log.warning("a request was cut off: its body took over %g s", self._seconds)
        self._over.wait(CHECK_SECONDS)
        connections_below.close_answered(unanswered, seconds=2 * CHECK_SECONDS)


def _answer() -> tuple[list[tuple[str, str]], bytes]:
    response = problems.problem(
        status=408, detail="The body did not arrive in time. Send it again, in one piece."
    )
    return [*response.items(), ("Connection", "close")], response.content


def _too_slow(start: Callable[..., Any]) -> list[bytes]:
    headers, body = _answer()
    start("408 Request Timeout", headers)
    return [body]


def _no_room(start: Callable[..., Any]) -> list[bytes]:
    """See Note [Large bodies]."""
    response = problems.problem(
        status=503, detail="Too many large messages come in at once. Send it again soon."
    )
    again = ("Retry-After", str(COME_AGAIN_SECONDS))
    start("503 Service Unavailable", [*response.items(), again, ("Connection", "close")])
    return [response.content]

"""One request at a time in each web process, however many are being read or sent.

# Note [Turns]
Python runs one thread at a time, and a thread of its own for each request costs a connection to
PostgreSQL each and a fifth of the gate's speed. But a server with a single thread is stopped by
whoever sends half a body, or reads half an answer. So the web server has many threads: they read
and send side by side, outside Python, and take turns for what lies between.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db import close_old_connections, connections

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
KEPT_IN_MEMORY_BYTES = 2_000_000
CHUNK_BYTES = 65_536


class Turns:
    """A lock that is handed on in the order of asking: nobody is overtaken."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def __enter__(self) -> None:
        """My turn: waits until everybody who asked before has had theirs."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            call = threading.Lock()
            call.acquire()
            self._waiting.append(call)
        call.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class InTurn:
    """A WSGI application that answers one request at a time, over one set of connections.

    What comes in has been read before; an answer is complete before the turn ends, so that a slow
    reader holds nobody up.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._turns = Turns()
        self._shared: dict[str, Any] = {}
        self._known = threading.local()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._turns:
            self._share_connections()
            answer = self._application(environ, start)
            try:
                return _sent_later(answer) if _is_streamed(answer) else list(answer)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for the turn to end."""
        return self._turns.is_wanted

    def __enter__(self) -> None:
        """A turn without a request of Django's, over the same connections."""
        self._turns.__enter__()
        try:
            self._share_connections()
            close_old_connections()  # those that have failed, as Django does for a request
        except BaseException:
            self._turns.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self._turns.__exit__()

    def _share_connections(self) -> None:
        """Give this thread the connections of all: only whose turn it is uses them."""
        if getattr(self._known, "connections", False):
            return
        for alias in connections:
            if alias not in self._shared:
                self._shared[alias] = connections[alias]
                self._shared[alias].inc_thread_sharing()
            connections[alias] = self._shared[alias]
        self._known.connections = True


def _is_streamed(answer: Iterable[bytes]) -> bool:
    return bool(getattr(answer, "streaming", False))


def _sent_later(answer: Iterable[bytes]) -> Iterator[bytes]:
    """What a streamed answer says, set aside: on disk once it grows."""
    aside = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY_BYTES)  # noqa: SIM115 _parts closes it
    for part in answer:
        aside.write(part)
    aside.seek(0)
    return _parts(aside)


def _parts(aside: Any) -> Iterator[bytes]:
    with aside:
        while part := aside.read(CHUNK_BYTES):
            yield part

"""The gate's short way, taken before Django makes a request of what came in.

# Note [What the long way puts on an answer]
Middleware looks at the host, at TLS and at little else, and puts the same headers on every answer
of the gate. So whoever comes for the first time, by a host and a scheme, goes the long way; if that
answers 200, its headers are put on what is answered by the short way to whoever comes alike. Thus
they are said in one place, and who is turned away there never comes here.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, Protocol

from changes import gate
from changes.api import quick
from config import request_log
from config.turns import Application
from ledger import timeline
from ledger.together import Together

PATH = "/api/v1/gate"
OK = "200 OK"
LOOKED_AT = (
    *("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "SERVER_NAME"),
    *("HTTP_X_FORWARDED_PROTO", "wsgi.url_scheme"),
)
OF_ONE_ANSWER = frozenset({"content-length", "x-request-id", "etag", "retry-after"})
WAYS_KNOWN_AT_MOST = 100
Headers = list[tuple[str, str]]
Came = tuple[Any, ...]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as WSGI takes it: 200 with these headers and this text."""

    headers: Headers
    body: bytes


class Turn(AbstractContextManager[None], Protocol):
    """Time in which nobody else uses the connections; `is_wanted` while others wait for it."""

    @property
    def is_wanted(self) -> bool: ...


class QuickGate:
    """A WSGI application that answers plain questions to the gate, and hands on all others.

    See Note [Two ways to the gate] in `changes.api.quick`.
    """

    def __init__(
        self,
        application: Application,
        *,
        turn: Turn,
        together: Together | None,
    ) -> None:
        """Decides in a `turn`; whoever is not alone has the record written `together`."""
        self._application = application
        self._turn, self._together = turn, together
        self._headers: dict[Came, Headers] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return self._application(environ, start)
        said = self.answered(environ)
        if said is not None:
            start(OK, said.headers)
            return [said.body]

        def start_and_learn(status: str, headers: Headers, *more: Any) -> Any:
            if quick.is_usual(environ):
                self.learn(environ, status, headers)
            return start(status, headers, *more)

        return self._application(environ, start_and_learn)

    def answered(self, environ: dict[str, Any]) -> Said | None:
        """The answer to a plain question; None, its body still to be read, for the long way."""
        usual = self._headers.get(came(environ))
        if usual is None or environ["PATH_INFO"] != PATH or not quick.is_usual(environ):
            return None
        started = time.perf_counter()
        request_id = request_log.begin(environ)
        asked = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            decided, body = self._decided_and_written(environ, asked)
        except Exception:  # the long way fails alike, and words it
            log.exception("the gate's short way failed, so the long way is taken")
            decided = None
        if decided is None:
            environ["wsgi.input"] = BytesIO(asked)
            return None
        seconds = time.perf_counter() - started
        request_log.note(
            method="POST",
            route=PATH,
            status=200,
            seconds=seconds,
            request_id=request_id,
            actor=decided.asked_by.username,
        )
        of_this = [("Content-Length", str(len(body))), ("X-Request-ID", request_id)]
        return Said(usual + of_this, body)

    def _decided_and_written(
        self, environ: dict[str, Any], asked: bytes
    ) -> tuple[gate.Decided | None, bytes]:
        """The decision and its text, once its record is written: by memory, where that holds."""
        try:
            return self._tried(environ, asked, by_memory=True)
        except (timeline.NoLongerSo, timeline.NotSettled):
            return self._tried(environ, asked, by_memory=False)

    def _tried(
        self, environ: dict[str, Any], asked: bytes, *, by_memory: bool
    ) -> tuple[gate.Decided | None, bytes]:
        """The decision, made in turn; and its text, once its record is written."""
        with self._turn:
            decided = quick.decided(environ, asked, by_memory=by_memory)
            if decided is None:
                return None, b""
            record, others = decided.record, self._others()
            write = partial(quick.written, decided)
            if record is not None and others is None:
                if decided.permitted is not None and self._together and not record.once:
                    return decided, timeline.write_while(record, write)  # signed meanwhile
                decided = gate.record(decided)
        if decided.record is None or others is None:
            return decided, quick.written(decided)
        body, there = others.write(decided.record, write)
        return decided, quick.written(gate.as_told(decided, there)) if there else body

    def _others(self) -> Together | None:
        """With whose records one is written; None where nobody gains by that: it costs a little."""
        together = self._together
        alone = together is None or (together.is_idle and not self._turn.is_wanted)
        return None if alone else together

    def learn(self, environ: dict[str, Any], status: str, headers: Headers) -> None:
        """Keep what the long way put on an answer, for who comes by the same host and scheme."""
        names = {name.lower() for name, _ in headers}
        if status == OK and "set-cookie" not in names and len(self._headers) < WAYS_KNOWN_AT_MOST:
            kept = [(name, said) for name, said in headers if name.lower() not in OF_ONE_ANSWER]
            self._headers[came(environ)] = kept


def came(environ: dict[str, Any]) -> Came:
    """By which host and scheme a request came, as the long way looks at them."""
    return tuple(map(environ.get, LOOKED_AT))

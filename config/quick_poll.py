"""The short way to poll a decision that has not changed: 304, before Django makes a request of it.

Like the gate's own short way, whose notes hold here too (`config.quick_gate`): only for who came
before, by the same host and scheme, and whatever is new, wrong or refused goes the long way.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from changes import gate
from changes.api import one_decision, quick
from config import request_log
from config.quick_gate import OF_ONE_ANSWER, OK, WAYS_KNOWN_AT_MOST, Came, Headers, came
from config.turns import Application

NOT_MODIFIED = "304 Not Modified"
ROUTE = "/api/v1/gate/decisions/<uuid:decision_id>"
OF_A_BODY = frozenset({"content-type", "content-length"})
log = logging.getLogger(__name__)


class QuickPoll:
    """A WSGI application that answers polls of what has not changed, and hands on all others."""

    def __init__(self, application: Application, *, turn: AbstractContextManager[None]) -> None:
        """Looks in a `turn`, in which nobody else uses the connections."""
        self._application = application
        self._turn = turn
        self._headers: dict[Came, Headers] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(quick.POLLED):
            return self._application(environ, start)
        headers = self.unchanged(environ)
        if headers is not None:
            start(NOT_MODIFIED, headers)
            return []

        def start_and_learn(status: str, headers: Headers, *more: Any) -> Any:
            if quick.polls(environ):
                self.learn(environ, status, headers)
            return start(status, headers, *more)

        return self._application(environ, start_and_learn)

    def unchanged(self, environ: dict[str, Any]) -> Headers | None:
        """The headers of a 304; None where the long way must be taken."""
        usual, decision = self._headers.get(came(environ)), quick.polls(environ)
        if usual is None or not decision:
            return None
        started = time.perf_counter()
        request_id = request_log.begin(environ)
        found = self._found(environ, decision)
        if found is None:
            return None
        request_log.note(
            method="GET",
            route=ROUTE,
            status=304,
            seconds=time.perf_counter() - started,
            request_id=request_id,
            actor=found.username,
        )
        told = one_decision.headers_of(found.tag, found.retry_after)
        return [*usual, *told.items(), ("X-Request-ID", request_id)]

    def _found(self, environ: dict[str, Any], decision: str) -> gate.Unchanged | None:
        try:
            with self._turn:
                return quick.unchanged(environ, decision)
        except Exception:  # the long way fails alike, and words it
            log.exception("the short way of a poll failed, so the long way is taken")
            return None

    def learn(self, environ: dict[str, Any], status: str, headers: Headers) -> None:
        """Keep what the long way put on an answer, for who comes by the same host and scheme."""
        names = {name.lower() for name, _ in headers}
        if status[:3] not in (OK[:3], NOT_MODIFIED[:3]) or "set-cookie" in names:
            return
        if len(self._headers) < WAYS_KNOWN_AT_MOST:
            left = OF_ONE_ANSWER | OF_A_BODY
            kept = [(name, said) for name, said in headers if name.lower() not in left]
            self._headers[came(environ)] = kept

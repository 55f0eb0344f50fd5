"""What stands before the doors of other tools, and answers for them where they cannot.

See Note [Waiting is not failing] in `changes.doors.away`.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse

from changes.doors import away
from config.turns import Application

PREFIXES = ("/compat/", "/api/sn_chg_rest/", "/oauth_token.do")
NOT_THEIRS = frozenset({413, 429})
FAILED = 500
REST_SECONDS = 2
log = logging.getLogger("tidegate.request")


class DoorsInFront:
    """A WSGI application whose doors answer neither 429 nor 5xx.

    After a failure polls are answered without asking again for `REST_SECONDS`, so that they do not
    queue for a database that is away.
    """

    def __init__(
        self, application: Application, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._application, self._clock = application, clock
        self._rests_until = 0.0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PREFIXES):
            return self._application(environ, start)
        if environ["REQUEST_METHOD"] == "GET" and self._clock() < self._rests_until:
            said = _instead(environ, status=HTTPStatus.SERVICE_UNAVAILABLE)
            if said is not None:
                return _send(said, start)
        return self._asked(environ, start)

    def _asked(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        heard: list[tuple[Any, ...]] = []
        try:
            body = self._application(environ, lambda *told: heard.append(told))
            status = int(heard[-1][0].partition(" ")[0])
        except Exception:
            log.exception("a door failed, and is answered for")
            body, status = [], FAILED
        if status >= FAILED:
            self._rests_until = self._clock() + REST_SECONDS
        if status >= FAILED or status in NOT_THEIRS:
            said = _instead(environ, status=status)
            if said is not None:
                return _send(said, start)
        if not heard:
            return _send(HttpResponse(status=FAILED), start)
        start(*heard[-1])
        return body


def _instead(environ: dict[str, Any], *, status: int) -> HttpResponse | None:
    return away.instead(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
        status=status,
        now=datetime.now(UTC),
    )


def _send(said: HttpResponse, start: Callable[..., Any]) -> list[bytes]:
    said.headers["Content-Length"] = str(len(said.content))
    start(f"{said.status_code} {said.reason_phrase}", list(said.items()))
    return [said.content]

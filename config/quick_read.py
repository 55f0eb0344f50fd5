"""The short ways to read: a poll of what has not changed, the gate explained, a list of changes.

Like the gate's own short way, whose notes hold here too (`config.quick_gate`): only for who came
before, by the same host and scheme, and whatever is new, wrong or refused goes the long way.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from catalog import statements
from catalog.statements import Link
from changes.api import one_decision, quick
from config import request_log
from config.quick_gate import OF_ONE_ANSWER, OK, WAYS_KNOWN_AT_MOST, Came, Headers, came
from config.turns import Application

NOT_MODIFIED = "304 Not Modified"
OF_A_BODY = frozenset({"content-type", "content-length"})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said, the headers that are this answer's own, and who is told."""

    headers: Headers
    body: tuple[bytes, ...]
    username: str


class Way(NamedTuple):
    """A short way: what comes by it, what it says (None for the long way), and under which status.

    What the long way puts on an answer of a status that is `learnt` is said on this one's too, but
    for the headers that are `left`.
    """

    route: str
    status: str
    takes: Callable[[Mapping[str, Any]], bool]
    said: Callable[[Mapping[str, Any], "Means"], Said | None]
    learnt: frozenset[str]
    left: frozenset[str]


class Means(NamedTuple):
    """What short ways ask PostgreSQL by: a turn, in which nobody else uses the connections, and a
    link for single statements, which needs none."""

    turn: AbstractContextManager[None]
    link: Link


class EachInTurn:
    """A link over the connections of all, each statement in a turn."""

    def __init__(self, turn: AbstractContextManager[None]) -> None:
        self._turn = turn

    def text(self, sql: str, values: Mapping[str, Any]) -> bytes | None:
        """`statements.text`."""
        with self._turn:
            return statements.text(sql, values)

    def done(self, sql: str, values: Mapping[str, Any]) -> None:
        """`statements.done`."""
        with self._turn:
            statements.done(sql, values)


def _polled(environ: Mapping[str, Any], means: Means) -> Said | None:
    found = quick.unchanged(environ, quick.polls(environ), over=means.link)
    if found is None:
        return None
    told = one_decision.headers_of(found.tag, found.retry_after)
    return Said(list(told.items()), (), found.username)


def _told(
    of: Callable[[Mapping[str, Any]], tuple[bytes, str] | None],
    environ: Mapping[str, Any],
    means: Means,
) -> Said | None:
    with means.turn:
        found = of(environ)
    if found is None:
        return None
    body, username = found
    return Said([("Content-Length", str(len(body)))], (body,), username)


WAYS = {
    quick.POLLED: Way(
        route="/api/v1/gate/decisions/<uuid:decision_id>",
        status=NOT_MODIFIED,
        takes=lambda environ: bool(quick.polls(environ)),
        said=_polled,
        learnt=frozenset({OK[:3], NOT_MODIFIED[:3]}),
        left=OF_ONE_ANSWER | OF_A_BODY,
    ),
    quick.EXPLAIN: Way(
        route=quick.EXPLAIN,
        status=OK,
        takes=quick.explains,
        said=partial(_told, quick.explained),
        learnt=frozenset({OK[:3]}),
        left=OF_ONE_ANSWER,
    ),
    quick.CHANGES: Way(
        route=quick.CHANGES,
        status=OK,
        takes=quick.lists,
        said=partial(_told, quick.listed),
        learnt=frozenset({OK[:3]}),
        left=OF_ONE_ANSWER,
    ),
}


class QuickRead:
    """A WSGI application that goes a short way where there is one, and hands on all others."""

    def __init__(
        self,
        application: Application,
        *,
        turn: AbstractContextManager[None],
        link: Link | None = None,
    ) -> None:
        """Single statements go over the `link`, where there is one; all else waits for a `turn`."""
        self._application = application
        self._means = Means(turn, link or EachInTurn(turn))
        self._headers: dict[tuple[str, Came], Headers] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        way = way_of(environ)
        if way is None:
            return self._application(environ, start)
        said = self.answered(environ, way)
        if said is not None:
            start(way.status, said.headers)
            return said.body

        def start_and_learn(status: str, headers: Headers, *more: Any) -> Any:
            self.learn(environ, way, status, headers)
            return start(status, headers, *more)

        return self._application(environ, start_and_learn)

    def answered(self, environ: dict[str, Any], way: Way) -> Said | None:
        """The whole answer; None where the long way must be taken."""
        usual = self._headers.get((way.route, came(environ)))
        if usual is None:
            return None
        started = time.perf_counter()
        request_id = request_log.begin(environ)
        found = self._found(environ, way)
        if found is None:
            return None
        request_log.note(
            method="GET",
            route=way.route,
            status=int(way.status[:3]),
            seconds=time.perf_counter() - started,
            request_id=request_id,
            actor=found.username,
        )
        headers = [*usual, *found.headers, ("X-Request-ID", request_id)]
        return Said(headers, found.body, found.username)

    def _found(self, environ: dict[str, Any], way: Way) -> Said | None:
        try:
            return way.said(environ, self._means)
        except Exception:  # the long way fails alike, and words it
            log.exception("the short way to %s failed, so the long way is taken", way.route)
            return None

    def learn(self, environ: dict[str, Any], way: Way, status: str, headers: Headers) -> None:
        """Keep what the long way put on an answer, for who comes by the same host and scheme."""
        names = {name.lower() for name, _ in headers}
        if status[:3] not in way.learnt or "set-cookie" in names:
            return
        if len(self._headers) < WAYS_KNOWN_AT_MOST:
            kept = [(name, said) for name, said in headers if name.lower() not in way.left]
            self._headers[way.route, came(environ)] = kept


def way_of(environ: Mapping[str, Any]) -> Way | None:
    """The short way a request may take."""
    path = environ["PATH_INFO"]
    way = WAYS.get(path) or (WAYS[quick.POLLED] if path.startswith(quick.POLLED) else None)
    return way if way is not None and way.takes(environ) else None

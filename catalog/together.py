"""Statements of several threads, sent as one.

# Note [Sent together]
Whoever asks while another's statements are on their way leaves theirs, and the first of those who
wait sends all of them: one round trip, and where they write one wait for the disk, for as many as
came meanwhile. It costs nobody time: who comes alone is sent at once. It takes a connection of its
own, since requests share theirs (Note [Turns] in `config.turns`).
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from catalog import at_once
from catalog.at_once import Asked

T = TypeVar("T")


class NotDone(Exception):
    """What was to be done together was not, none of it."""


class _Waiting:
    """A statement that waits: to be sent by another thread, or for its thread to send."""

    def __init__(self, asked: Asked, order: str) -> None:
        self.asked, self.order = asked, order
        self.called = threading.Lock()
        self.called.acquire()
        self.is_over = self.is_done = False
        self.said: bytes | None = None


class Together:
    """Asks what any thread asks; at most one transaction is on its way."""

    def __init__(self) -> None:
        self._connection: Any = connections.create_connection(DEFAULT_DB_ALIAS)
        self._connection.inc_thread_sharing()
        self._guard = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._somebody_asks = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way just now."""
        return not self._somebody_asks

    def ask(
        self, asked: Asked, meanwhile: Callable[[], T], *, order: str = ""
    ) -> tuple[T, bytes | None]:
        """What `meanwhile` does, which runs while PostgreSQL works, and the text that it answers.

        Those that lock rows say in which `order`. Raises `NotDone`.
        """
        mine = _Waiting(asked, order)
        with self._guard:
            self._waiting.append(mine)
            first, self._somebody_asks = not self._somebody_asks, True
        if first:
            found = self._ask_all(meanwhile)
        else:
            try:
                found = meanwhile()
            finally:
                self._be_asked(mine)
        if not mine.is_done:
            raise NotDone
        return found, mine.said

    def text(self, sql: str, values: Mapping[str, Any]) -> bytes | None:
        """`statements.text`, together with what others ask. Raises `NotDone`."""
        return self.ask((sql, values), _nothing)[1]

    def done(self, sql: str, values: Mapping[str, Any]) -> None:
        """`statements.done`, together with what others ask. Raises `NotDone`."""
        self.ask((sql, values), _nothing)

    def close(self) -> None:
        """Close the connection; the next statement opens another."""
        self._connection.close()

    def follow_up(self, said: list[bytes | None]) -> None:
        """What is to be done once statements were answered, and whoever asked was told."""

    def _be_asked(self, mine: _Waiting) -> None:
        """Wait until another thread has asked mine, or until it is for mine to ask."""
        mine.called.acquire()
        if not mine.is_over:
            self._ask_all(_nothing)

    def _ask_all(self, meanwhile: Callable[[], T]) -> T:
        """Ask what waits, tell those who wait for it, and call the first of who came since."""
        with self._guard:
            together, self._waiting = self._waiting, []
        try:
            self._send(together)
            try:
                return meanwhile()
            finally:
                self._hear(together)
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                self._somebody_asks = following is not None
            for one in together:
                one.is_over = True
                one.called.release()
            if following is not None:
                following.called.release()
            self.follow_up([one.said for one in together if one.is_done])

    def _send(self, together: list[_Waiting]) -> None:
        """All in their order, so that no two of these wait for each other."""
        together.sort(key=lambda one: one.order)
        try:
            at_once.send(self._connection, [one.asked for one in together])
        except DatabaseError as problem:
            self.close()
            raise NotDone from problem

    def _hear(self, together: list[_Waiting]) -> None:
        """What each of them is answered."""
        try:
            said = at_once.heard(self._connection)
        except DatabaseError as problem:
            self.close()
            raise NotDone from problem
        for one, text in zip(together, said, strict=True):
            one.said, one.is_done = text, True


def _nothing() -> None: ...

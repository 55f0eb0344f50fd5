"""Records of several threads, written in one transaction.

# Note [Written together]
An answer of the gate is given once its record is safe on disk. Waiting for the disk takes as long
as the rest of the answer, and one transaction is as long in coming there as ten. So whoever comes
while another writes leaves the record, and the first of those who wait writes all of them. It costs
nobody time: who comes alone writes at once. It takes a connection of its own, since requests share
theirs (Note [Turns] in `config.turns`).
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from catalog import at_once
from ledger import timeline, wake
from ledger.timeline import Record

T = TypeVar("T")


class NotWritten(Exception):
    """What was to be written together was not, none of it."""


class _Waiting:
    """A record that waits: to be written by another thread, or for its thread to write."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.called = threading.Lock()
        self.called.acquire()
        self.is_done = self.is_written = False


class Together:
    """Writes records of any thread; at most one transaction is on its way."""

    def __init__(self) -> None:
        self._connection: Any = connections.create_connection(DEFAULT_DB_ALIAS)
        self._connection.inc_thread_sharing()
        self._guard = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._somebody_writes = False

    @property
    def is_idle(self) -> bool:
        """Whether nobody writes just now."""
        return not self._somebody_writes

    def write(self, record: Record, meanwhile: Callable[[], T]) -> T:
        """Write the record and answer what `meanwhile` does, which runs while the disk works.

        Raises `NotWritten`.
        """
        mine = _Waiting(record)
        with self._guard:
            self._waiting.append(mine)
            first, self._somebody_writes = not self._somebody_writes, True
        if first:
            found = self._write_all(meanwhile)
        else:
            try:
                found = meanwhile()
            finally:
                self._be_written(mine)
        if not mine.is_written:
            raise NotWritten
        return found

    def close(self) -> None:
        """Close the connection; the next record opens another."""
        self._connection.close()

    def _be_written(self, mine: _Waiting) -> None:
        """Wait until another thread has written mine, or until it is for mine to write."""
        mine.called.acquire()
        if not mine.is_done:
            self._write_all(_nothing)

    def _write_all(self, meanwhile: Callable[[], T]) -> T:
        """Write what waits, tell those who wait for it, and call the first of who came since."""
        with self._guard:
            together, self._waiting = self._waiting, []
        deliveries: list[bytes] = []
        try:
            self._send(together)
            try:
                return meanwhile()
            finally:
                deliveries = self._heard(together)
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                self._somebody_writes = following is not None
            for one in together:
                one.is_done = True
                one.called.release()
            if following is not None:
                following.called.release()
            woken = [int(said or 0) for said in deliveries]
            wake.nudge_now(
                sweep=any(one & timeline.TO_SWEEP for one in woken),
                page=any(one & timeline.TO_PAGE for one in woken),
            )

    def _send(self, together: list[_Waiting]) -> None:
        """All in the order of their subjects, so that no two of these wait for each other."""
        in_order = sorted((one.record for one in together), key=lambda one: one.subject)
        try:
            at_once.send(self._connection, [(one.sql, one.values) for one in in_order])
        except DatabaseError as problem:
            self.close()
            raise NotWritten from problem

    def _heard(self, together: list[_Waiting]) -> list[bytes]:
        """Whom each of them wakes: see `ledger.timeline`."""
        try:
            deliveries = at_once.heard(self._connection)
        except DatabaseError as problem:
            self.close()
            raise NotWritten from problem
        for one in together:
            one.is_written = True
        return deliveries


def _nothing() -> None: ...

"""Records of several threads, written in one transaction: see Note [Sent together].

An answer of the gate is given once its record is safe on disk. Waiting for the disk takes as long
as the rest of the answer, and one transaction is as long in coming there as ten.
"""

from collections.abc import Callable
from typing import TypeVar

from catalog import together
from ledger import timeline, wake
from ledger.timeline import Record

T = TypeVar("T")


class Together(together.Together):
    """Writes records of any thread; at most one transaction is on its way."""

    def write(self, record: Record, meanwhile: Callable[[], T]) -> T:
        """Write the record and answer what `meanwhile` does, which runs while the disk works.

        Raises `NotDone`, and `timeline.NoLongerSo` for one that has lapsed.
        """
        asked = (record.sql, record.values)
        found, said = self.ask(asked, meanwhile, order=record.subject)
        record.demand_written(said)
        return found

    def follow_up(self, said: list[bytes | None]) -> None:
        """Wake whoever delivers what was recorded."""
        woken = [int(one or 0) for one in said]
        wake.nudge_now(
            sweep=any(one & timeline.TO_SWEEP for one in woken),
            page=any(one & timeline.TO_PAGE for one in woken),
        )

"""Records of several threads, written in one transaction: see Note [Sent together].

An answer of the gate is given once its record is safe on disk. Waiting for the disk takes as long
as the rest of the answer, and one transaction is as long in coming there as ten.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from catalog import together
from ledger import timeline, wake
from ledger.timeline import Record

T = TypeVar("T")


class Together(together.Together):
    """Writes records of any thread; at most one transaction is on its way."""

    def write(self, record: Record, meanwhile: Callable[[], T]) -> tuple[T, dict[str, Any] | None]:
        """What `meanwhile` does, which runs while the disk works, and `timeline.heard`'s answer.

        Raises `NotDone`, and like `timeline.heard`.
        """
        asked = (record.sql, record.values)
        found, said = self.ask(asked, meanwhile, order=record.subject)
        return found, timeline.heard(record, said)

    def follow_up(self, said: list[bytes | None]) -> None:
        """Wake whoever delivers what was recorded."""
        who = [timeline.woken(one) for one in said]
        wake.nudge_now(
            sweep=any(one & timeline.TO_SWEEP for one in who),
            page=any(one & timeline.TO_PAGE for one in who),
        )

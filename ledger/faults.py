"""Faults: what verification names, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was recorded; `position` is that of the event, if it is one."""

    ref: str
    message: str
    position: int | None = None


class Seen:
    """How much was verified so far; told to `progress` every so often.

    `sealed_upto` is the number of the seal up to which all events and seals were looked at, and
    `unsealed` how many events wait for the next one. `notes` tell what could not be looked at.
    """

    def __init__(self, progress: Callable[["Seen"], None]) -> None:
        self.events = self.subjects = self.rows = self.recorded_rows = 0
        self.seals = self.sealed_upto = self.unsealed = 0
        self.notes: list[str] = []
        self._progress = progress

    def one_more(self, kind: str) -> None:
        """Count one event or row."""
        setattr(self, kind, getattr(self, kind) + 1)
        if (self.events + self.rows) % 10_000 == 0:
            self._progress(self)

    def up_to(self, number: int) -> None:
        """Note that everything up to this seal was looked at."""
        self.sealed_upto = number
        self._progress(self)

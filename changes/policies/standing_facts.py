"""Facts about people who are away, and about those who vote for them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StandsFor:
    """Somebody who delegated to whoever asks, with the authorities they hold over this change."""

    key: int
    username: str
    authorities: frozenset[str]
    is_involved: bool = False
    has_voted: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who would be asked and is on leave; `delegate` could vote for them, "" nobody."""

    username: str
    until: datetime
    delegate: str = ""

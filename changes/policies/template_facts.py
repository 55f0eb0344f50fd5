"""What the rules look at of a standard template."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """The standard template a change was made from, as it is now.

    No `services` means all. `differs` names the fields it locks that say something else in the
    change. `version` is in force; the change began with `begun_with`, and what began before
    `good_from` does not start. `suspension` says why it was suspended, at `suspended_at`.
    """

    slug: str
    state: str
    services: frozenset[str] = frozenset()
    differs: tuple[str, ...] = ()
    version: int = 1
    begun_with: int = 1
    good_from: int = 1
    suspended_at: datetime | None = None
    suspension: str = ""

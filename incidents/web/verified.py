"""What tells whether service is restored, as the war room shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incidents.lifecycle import verifying
from incidents.models import Incident
from incidents.policies.resolution import Light, Watched

TONES: Final = {
    Light.UNSEEN: "plain",
    Light.STALE: "wait",
    Light.RED: "stop",
    Light.GREEN_ONCE: "wait",
    Light.GREEN_TWICE: "go",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One check, and how it stands."""

    check: Watched
    light: Light

    @property
    def tone(self) -> str:
        """The colour of its mark."""
        return TONES[self.light]


@dataclass(frozen=True, slots=True)
class Verification:
    """The checks that cover an incident; `verified_at` is the earliest that all may be green."""

    rows: tuple[Row, ...]
    verified: bool
    verified_at: datetime | None

    @property
    def green(self) -> int:
        """How many checks are green twice."""
        return sum(row.light is Light.GREEN_TWICE for row in self.rows)


def shown(incident: Incident, *, now: datetime) -> Verification:
    """The checks of an open incident. Two statements."""
    checks = verifying.watched_of(incident)
    rows = tuple(Row(one, one.light(now=now)) for one in checks)
    due = [row.check.green_twice_at for row in rows if row.light is Light.GREEN_ONCE]
    waits_alone = all(row.light in (Light.GREEN_ONCE, Light.GREEN_TWICE) for row in rows)
    latest = max((one for one in due if one), default=None)
    return Verification(
        rows,
        verified=all(row.light is Light.GREEN_TWICE for row in rows),
        verified_at=latest if waits_alone else None,
    )

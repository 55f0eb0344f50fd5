"""What the status page says: plain values that pages, feeds and files are written from. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incidents.models.component import Health
from incidents.status_page.health import Day, worst

HEADLINES: Final = {
    Health.OPERATIONAL: "All systems are operational",
    Health.MAINTENANCE: "Maintenance is under way",
    Health.DEGRADED: "Some systems are slower than usual",
    Health.PARTIAL_OUTAGE: "Some systems are not available",
    Health.MAJOR_OUTAGE: "There is a major outage",
}
TONES: Final = {
    Health.OPERATIONAL: "go",
    Health.MAINTENANCE: "live",
    Health.DEGRADED: "wait",
    Health.PARTIAL_OUTAGE: "wait",
    Health.MAJOR_OUTAGE: "stop",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One component."""

    slug: str
    name: str
    words: str
    health: Health
    days: tuple[Day, ...]

    @property
    def tone(self) -> str:
        return TONES[self.health]

    @property
    def bad_days(self) -> tuple[Day, ...]:
        """The days on which something was wrong."""
        return tuple(day for day in self.days if day.health != Health.OPERATIONAL)


@dataclass(frozen=True, slots=True)
class Said:
    """One public update."""

    status: str
    label: str
    message: str
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One incident as the public sees it."""

    number: int
    title: str
    health: Health
    components: tuple[str, ...]
    opened_at: datetime
    resolved_at: datetime | None
    said: tuple[Said, ...]

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def tone(self) -> str:
        return TONES[self.health] if self.is_open else "off"

    @property
    def status(self) -> str:
        """What was said last; resolved once it is over."""
        return self.said[0].status if self.is_open and self.said else "resolved"

    @property
    def label(self) -> str:
        return self.status.capitalize()

    @property
    def changed_at(self) -> datetime:
        """When something was said last, or it ended."""
        ends = [self.resolved_at] if self.resolved_at else []
        return max([self.opened_at, *ends, *(one.at for one in self.said)])


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page; `notices` are the newest first."""

    name: str
    url: str
    lines: tuple[Line, ...]
    notices: tuple[Shown, ...]

    @property
    def health(self) -> Health:
        return worst(line.health for line in self.lines)

    @property
    def headline(self) -> str:
        return HEADLINES[self.health]

    @property
    def tone(self) -> str:
        return TONES[self.health]

    @property
    def running(self) -> tuple[Shown, ...]:
        return tuple(one for one in self.notices if one.is_open)

    @property
    def over(self) -> tuple[Shown, ...]:
        return tuple(one for one in self.notices if not one.is_open)

    @property
    def changed_at(self) -> datetime | None:
        """When something was said last."""
        return max((one.changed_at for one in self.notices), default=None)

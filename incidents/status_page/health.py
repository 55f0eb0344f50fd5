"""How a component stands, now and on each of the last days. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from incidents.models.component import Health

DAYS: Final = 90
ORDER: Final = tuple(Health)


@dataclass(frozen=True, slots=True)
class Spell:
    """For how long something was not well; `ends_at` is None while it still is.

    `is_said` where a person said so: then it counts alone.
    """

    health: Health
    starts_at: datetime
    ends_at: datetime | None = None
    is_said: bool = False

    def holds(self, instant: datetime) -> bool:
        """Whether it holds at an instant; half-open."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether some of it lies in a period; half-open."""
        return self.starts_at < ends_at and (self.ends_at is None or self.ends_at > starts_at)


@dataclass(frozen=True, slots=True)
class Day:
    """The worst of one day, in UTC."""

    date: date
    health: Health


def worst(healths: Iterable[Health]) -> Health:
    """The worst of them; operational where there are none."""
    return max(healths, key=ORDER.index, default=Health.OPERATIONAL)


def at(instant: datetime, spells: Sequence[Spell]) -> Health:
    """How it stands: as a person says, else as the worst of what holds."""
    holding = [spell for spell in spells if spell.holds(instant)]
    said = [spell for spell in holding if spell.is_said]
    return worst(spell.health for spell in said or holding)


def days(spells: Sequence[Spell], *, until: datetime) -> list[Day]:
    """The last 90 days, the oldest first; today is the last and not over."""
    today = until.astimezone(UTC).date()
    return [_day(today - timedelta(days=back), spells, until) for back in range(DAYS - 1, -1, -1)]


def since(until: datetime) -> datetime:
    """When the first of the days begins."""
    return _begin(until.astimezone(UTC).date() - timedelta(days=DAYS - 1))


def _day(day: date, spells: Sequence[Spell], until: datetime) -> Day:
    starts_at, ends_at = _begin(day), min(_begin(day + timedelta(days=1)), until)
    return Day(day, worst(one.health for one in spells if one.touches(starts_at, ends_at)))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

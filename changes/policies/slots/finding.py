"""Free periods of a calendar, and the best slots in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from changes import windows
from changes.policies.reasons import spell
from changes.policies.slots.scoring import STEP, Around, Factor, Neighbour, factors, score
from changes.windows import Effect, Interval, Level, Window
from changes.windows.lifting import left_of

A_DAY_AT_MOST = 2
CANDIDATE_EVERY = timedelta(minutes=30)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a slot is wanted for. `within` is searched, `zone` (IANA) the owner team's.

    With `skips_calendar`, as for an emergency, no window matters.
    """

    within: Interval
    duration: timedelta
    zone: str
    windows: tuple[Window, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    environment_is_open: bool = True
    skips_calendar: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A free period with its score from 0 to 100, and the factors that make it."""

    period: Interval
    score: int
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best slots first; where there is none `says` tells what takes the time."""

    slots: tuple[Slot, ...]
    says: str = ""


def best(wish: Wish, *, count: int) -> Found:
    """The `count` best slots that do not overlap, two a local day at most; see Note [Points of a
    slot]. Equal scores rank by time."""
    ranked = sorted(_scored(wish), key=lambda one: (-one.score, one.period))
    chosen: list[Slot] = []
    days: dict[object, int] = {}
    for slot in ranked:
        day = slot.period.starts_at.astimezone(ZoneInfo(wish.zone)).date()
        if days.get(day, 0) >= A_DAY_AT_MOST or _overlaps(slot, chosen):
            continue
        days[day] = days.get(day, 0) + 1
        chosen.append(slot)
        if len(chosen) == count:
            break
    return Found(tuple(chosen), "" if chosen else _none(wish))


def free(wish: Wish) -> list[Interval]:
    """The periods in which no freeze holds, maintenance does where it must, and nothing conflicts.

    Earliest first, each as long as wished for at least.
    """
    opened = _openings(wish)
    shut = [*_frozen(wish), *(one.period for one in wish.neighbours if one.blocks)]
    found = [part for opening in opened for part in left_of(opening, shut)]
    return [one for one in found if one.ends_at - one.starts_at >= wish.duration]


def _openings(wish: Wish) -> list[Interval]:
    if wish.environment_is_open or wish.skips_calendar:
        return [wish.within]
    windows_ = [one for one in wish.windows if one.effect is Effect.MAINTENANCE]
    return _joined(one.interval for one in windows.occurrences(windows_, wish.within))


def _frozen(wish: Wish) -> list[Interval]:
    if wish.skips_calendar:
        return []
    return [one.interval for one in windows.occurrences(_freezes(wish), wish.within)]


def _freezes(wish: Wish) -> list[Window]:
    return [w for w in wish.windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Touching and overlapping ones as one, cut at no end."""
    found: list[Interval] = []
    for one in sorted(intervals):
        if found and one.starts_at <= found[-1].ends_at:
            found[-1] = Interval(found[-1].starts_at, max(found[-1].ends_at, one.ends_at))
        else:
            found.append(one)
    return found


def _scored(wish: Wish) -> Iterator[Slot]:
    """Every half hour that begins a slot, with its arithmetic."""
    hours = _by_hour(wish.neighbours, wish.within)
    for period in free(wish):
        shuts_at, shuts_by = _shuts(wish, period)
        for start in _starts(wish, period):
            slot = Interval(start, start + wish.duration)
            around = Around(
                wish.within.starts_at, shuts_at, shuts_by, _near(hours, slot), wish.zone
            )
            found = factors(slot, around)
            yield Slot(slot, score(found), tuple(found))


def _starts(wish: Wish, period: Interval) -> Iterator[datetime]:
    """From the first quarter of an hour that lies in both, on."""
    begin = max(period.starts_at, wish.within.starts_at)
    since = begin - datetime(2000, 1, 1, tzinfo=UTC)
    start = begin + (-since % STEP)
    last = min(period.ends_at, wish.within.ends_at) - wish.duration
    while start <= last:
        yield start
        start += CANDIDATE_EVERY


def _shuts(wish: Wish, period: Interval) -> tuple[datetime | None, str]:
    """What ends a free period: a freeze, the maintenance window, or nothing that was looked at."""
    if period.ends_at >= wish.within.ends_at or wish.skips_calendar:
        return None, ""
    after = Interval(period.ends_at, period.ends_at + timedelta(microseconds=1))
    held = windows.occurrences(_freezes(wish), after)
    if held:
        return period.ends_at, f"“{held[0].name}”"
    taken = [one for one in wish.neighbours if one.blocks and one.period.overlaps(after)]
    return period.ends_at, taken[0].ref if taken else "The time outside maintenance"


def _by_hour(neighbours: Iterable[Neighbour], within: Interval) -> dict[int, list[Neighbour]]:
    """Each hour since 1970 with the neighbours that touch it, so that few are looked at a slot."""
    found: dict[int, list[Neighbour]] = {}
    for one in sorted(neighbours):
        first = max(one.period.starts_at, within.starts_at - HOUR)
        last = min(one.period.ends_at, within.ends_at + HOUR)
        for hour in range(_hour(first), _hour(last) + 1):
            found.setdefault(hour, []).append(one)
    return found


def _near(hours: dict[int, list[Neighbour]], slot: Interval) -> list[Neighbour]:
    """The neighbours of the hours a slot touches, and of those beside it."""
    touched = range(_hour(slot.starts_at) - 1, _hour(slot.ends_at) + 2)
    return list(dict.fromkeys(one for hour in touched for one in hours.get(hour, ())))


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _overlaps(slot: Slot, chosen: Iterable[Slot]) -> bool:
    return any(slot.period.overlaps(other.period) for other in chosen)


def _none(wish: Wish) -> str:
    """What takes the time that was searched."""
    whole = wish.within.ends_at - wish.within.starts_at
    parts = []
    if not wish.environment_is_open and not wish.skips_calendar:
        opened = _length(_openings(wish), wish.within)
        parts.append(f"maintenance windows open {_hours(opened)}")
    parts.append(f"freezes take {_hours(_length(_frozen(wish), wish.within))}")
    blocked = [one.period for one in wish.neighbours if one.blocks]
    parts.append(f"other changes take {_hours(_length(blocked, wish.within))}")
    return (
        f"No {spell(wish.duration)} is free in the {_hours(whole)} that were searched: "
        f"{', '.join(parts[:-1])} and {parts[-1]}. Look farther ahead, shorten the change, or ask "
        "a change manager."
    )


def _length(intervals: Iterable[Interval], within: Interval) -> timedelta:
    cut = [
        Interval(max(one.starts_at, within.starts_at), min(one.ends_at, within.ends_at))
        for one in _joined(intervals)
        if one.overlaps(within)
    ]
    return sum((one.ends_at - one.starts_at for one in cut), timedelta())


def _hours(length: timedelta) -> str:
    return f"{round(length.total_seconds() / 3600):,} h"

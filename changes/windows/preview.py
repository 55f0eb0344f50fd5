"""What a window would mean, told before it is saved: its next times, and what to beware of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from changes.windows.holding import occurrences
from changes.windows.interval import HORIZON, Interval
from changes.windows.recurrence import wall_starts
from changes.windows.wall_time import between, exists, exists_twice, instant
from changes.windows.window import Effect, Occurrence, Recurrence, Window

SHOWN = 10
MINUTE = timedelta(minutes=1)
CLOCK_CHANGES_TOLD = 8
LONG = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to beware of; it stops nobody. `code` is stable, `message` is a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ToHold:
    """Open changes that a window must hold: how many, how many of them are planned for longer than
    its longest time, and the longest of those by ref."""

    changes: int
    longer: int
    ref: str
    length: timedelta


@dataclass(frozen=True, slots=True)
class Preview:
    """The next times a window holds, earliest first, and what to beware of."""

    occurrences: tuple[Occurrence, ...]
    cautions: tuple[Caution, ...]


def preview(window: Window, *, now: datetime) -> Preview:
    """The next ten times within `HORIZON`, and every clock change they are hit by.

    A single time is told however far ahead it lies.
    """
    ahead = Interval(now, now + HORIZON)
    last = max(window.once.ends_at, now) if window.once else ahead.ends_at
    found = occurrences([window], Interval(now, last))
    cautions = [*_too_short(found), *_clock_changes(window, ahead), *_listed_changes(window, found)]
    return Preview(tuple(found[:SHOWN]), tuple(cautions))


def longest(found: Sequence[Occurrence]) -> timedelta:
    """The length of the longest time, in elapsed time."""
    lengths = (one.interval.ends_at - one.interval.starts_at for one in found)
    return max(lengths, default=timedelta())


def too_short_for(to_hold: ToHold, *, length: timedelta) -> Iterator[Caution]:
    """Told where a maintenance window's longest time is shorter than changes it must hold."""
    if to_hold.longer:
        yield Caution(
            "shorter_than_changes",
            f"Its longest time is {spell(length)}; {to_hold.longer} of {to_hold.changes} open "
            f"changes in its scope are planned for longer, {to_hold.ref} for "
            f"{spell(to_hold.length)}.",
        )


def spell(length: timedelta) -> str:
    """`62 h`, `1 h 30 min`, `20 s`."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def _too_short(found: Sequence[Occurrence]) -> Iterator[Caution]:
    for one in found:
        length = one.interval.ends_at - one.interval.starts_at
        if length < MINUTE:
            yield Caution(
                "shorter_than_a_minute",
                f"On {_day(one.interval.starts_at, one.zone)} it lasts {spell(length)}: who asks "
                "once a minute may never see it.",
            )
            return


def _clock_changes(window: Window, ahead: Interval) -> list[Caution]:
    if window.recurs is None:
        return []
    begin = ahead.starts_at.astimezone(ZoneInfo(window.zone)).replace(tzinfo=None)
    starts = wall_starts(window.recurs, begin, begin + HORIZON)
    told = [one for start in starts for one in _hit(window, window.recurs, start)]
    return told[:CLOCK_CHANGES_TOLD]


def _listed_changes(window: Window, found: Sequence[Occurrence]) -> Iterator[Caution]:
    """Times that a calendar lists over a clock change, and how long they last in truth."""
    zone = ZoneInfo(window.zone)
    touched = {one.interval for one in found}
    for one in window.listed:
        starts = one.interval.starts_at.astimezone(zone)
        ends = one.interval.ends_at.astimezone(zone)
        changes = starts.utcoffset() != ends.utcoffset()
        if one.interval in touched and changes and ends - starts < LONG:
            yield Caution(
                "clock_change",
                f"The clocks of {window.zone} change during “{one.summary or window.name}” on "
                f"{_day(one.interval.starts_at, window.zone)}: it lasts "
                f"{spell(one.interval.ends_at - one.interval.starts_at)}.",
            )


def _hit(window: Window, recurs: Recurrence, start: datetime) -> Iterator[Caution]:
    """What a clock change makes of one start and its end."""
    end = start + recurs.duration
    if between(start, end, zone=window.zone, effect=window.effect) is None:
        yield Caution(
            "clocks_swallow_it",
            f"On {start:%a} {start.day} {start:%b %Y} it does not hold: the clocks of "
            f"{window.zone} change over all of it.",
        )
        return
    freeze = window.effect is Effect.FREEZE
    yield from _edge("starts", start, window.zone, later=not freeze)
    yield from _edge("ends", end, window.zone, later=freeze)


def _edge(verb: str, local: datetime, zone: str, *, later: bool) -> Iterator[Caution]:
    said = f"{local:%H:%M} on {local:%a} {local.day} {local:%b %Y}"
    shifted = instant(local, zone, later=later).astimezone(ZoneInfo(zone))
    if not exists(local, zone):
        yield Caution(
            "clock_gap",
            f"{said} does not exist in {zone}, for the clocks go forward: it {verb} at "
            f"{shifted:%H:%M %Z}.",
        )
    elif exists_twice(local, zone):
        which = "second" if later else "first"
        yield Caution(
            "clock_fold",
            f"{said} comes twice in {zone}, for the clocks go back: it {verb} at the {which}, "
            f"{shifted:%H:%M %Z} ({shifted:UTC%z}).",
        )


def _day(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}"

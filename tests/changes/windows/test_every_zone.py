"""Every IANA zone through five years of clock changes, against the clocks themselves.

What is expected is read off the wall: UTC is walked minute by minute, and the zone is asked what
its clocks show. Nothing here expands a rule, finds a gap or knows what a fold is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from changes.windows import Effect, Interval, Level, Recurrence, Window, occurrences
from changes.windows.wall_time import between

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
YEARS = Interval(datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
FREEZE, OPENING = Effect.FREEZE, Effect.MAINTENANCE
AROUND = 6 * HOUR
REGIONS: dict[str, list[str]] = {}
for name in sorted(available_timezones() - {"localtime"}):
    REGIONS.setdefault(name.partition("/")[0] if "/" in name else "one word", []).append(name)


@dataclass(frozen=True)
class Turn:
    """The minute at which the clocks of a zone are changed, and what they show before and after."""

    at: datetime
    before: timedelta
    after: timedelta


def offset(zone: ZoneInfo, at: datetime) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def turns(name: str) -> tuple[Turn, ...]:
    """Every clock change of a zone: a step of six hours sees it, halving finds its minute."""
    zone, found, at = ZoneInfo(name), [], YEARS.starts_at
    known = offset(zone, at)
    while at < YEARS.ends_at:
        following = at + 6 * HOUR
        if (shown := offset(zone, following)) != known:
            low, high = at, following
            while high - low > MINUTE:
                middle = low + (high - low) // (2 * MINUTE) * MINUTE
                low, high = (middle, high) if offset(zone, middle) == known else (low, middle)
            found.append(Turn(high, known, shown))
        at, known = following, shown
    return tuple(found)


@cache
def walls(turn: Turn) -> tuple[tuple[datetime, datetime], ...]:
    """(UTC minute, what the clocks show) around a clock change."""
    count = 2 * AROUND // MINUTE
    minutes = [turn.at - AROUND + n * MINUTE for n in range(count)]
    return tuple(
        (at, at.replace(tzinfo=None) + (turn.before if at < turn.at else turn.after))
        for at in minutes
    )


@cache
def texts(turn: Turn) -> tuple[tuple[datetime, datetime], ...]:
    """Wall times of windows in, at and beside what the change skips or repeats."""
    one, other = (turn.at.replace(tzinfo=None) + by for by in (turn.before, turn.after))
    low, high = min(one, other), max(one, other)
    edges = {low - 90 * MINUTE, low - MINUTE, low, low + (high - low) / 2, high - MINUTE, high}
    return tuple(
        (edge, edge + length)
        for edge in sorted(each.replace(second=0, microsecond=0) for each in edges)
        for length in (MINUTE, 30 * MINUTE, 2 * HOUR)
    )


@cache
def minutes_of(turn: Turn, starts: datetime, ends: datetime) -> tuple[datetime, ...]:
    """The UTC minutes at which the clocks show something from `starts` up to `ends`."""
    return tuple(at for at, wall in walls(turn) if starts <= wall < ends)


def inside(interval: Interval | None) -> Iterator[datetime]:
    at = interval.starts_at if interval else YEARS.ends_at
    while interval and at in interval:
        yield at
        at += MINUTE


def test_the_sweep_sees_every_zone_and_the_changes_there_are():
    zones = [name for some in REGIONS.values() for name in some]

    assert len(zones) > 590
    assert len(turns("Europe/Amsterdam")) == len(turns("America/New_York")) == 10
    assert len(turns("UTC")) == 0
    assert (
        turns("Australia/Lord_Howe")[0].before - turns("Australia/Lord_Howe")[0].after == HOUR / 2
    )
    assert sum(len(turns(name)) for name in zones) > 1_500


@pytest.mark.parametrize("region", REGIONS)
def test_no_freeze_is_shorter_than_its_text_and_no_opening_longer(region: str):
    for name in REGIONS[region]:
        for turn in turns(name):
            for starts, ends in texts(turn):
                says = minutes_of(turn, starts, ends)
                freeze = between(starts, ends, zone=name, effect=FREEZE)
                opening = between(starts, ends, zone=name, effect=OPENING)

                told = (name, turn.at, starts, ends)
                assert not says or (freeze and says[0] in freeze and says[-1] in freeze), told
                assert set(inside(opening)) <= set(says), told
                for held in filter(None, (freeze, opening)):
                    assert held.starts_at in held, told
                    assert held.ends_at not in held, told


@pytest.mark.parametrize("region", REGIONS)
def test_neighbours_at_a_clock_change_neither_collide_nor_leave_a_gap(region: str):
    for name in REGIONS[region]:
        for turn in turns(name):
            for seam in sorted({starts for starts, _ in texts(turn)}):
                first = (seam - 3 * HOUR, seam)
                second = (seam, seam + 3 * HOUR)
                frozen = [between(*one, zone=name, effect=FREEZE) for one in (first, second)]
                opened = [between(*one, zone=name, effect=OPENING) for one in (first, second)]
                told = (name, turn.at, seam)
                (f1, f2), (o1, o2) = frozen, opened
                assert f1 is not None, told
                assert f2 is not None, told
                assert o1 is not None, told
                assert o2 is not None, told
                assert f1.ends_at >= f2.starts_at, told  # never a gap between freezes
                assert o1.ends_at <= o2.starts_at, told  # never two openings at once
                assert f1.ends_at == o2.starts_at, told  # freeze, then opening: they touch
                assert o1.ends_at == f2.starts_at, told  # opening, then freeze: they touch
                if sum(wall == seam for _, wall in walls(turn)) == 1:
                    assert f1.ends_at == f2.starts_at == o1.ends_at == o2.starts_at, told


@pytest.mark.parametrize("region", REGIONS)
def test_weeks_on_end_hold_for_five_years_without_a_gap_or_a_collision(region: str):
    recurs = Recurrence("FREQ=WEEKLY;BYDAY=SU", date(2023, 12, 3), time(2, 30), timedelta(days=7))
    for name in REGIONS[region]:
        weeks = {
            effect: [
                one.interval
                for one in occurrences(
                    [Window("week", effect, Level.BLOCK, name, recurs=recurs)], YEARS
                )
            ]
            for effect in Effect
        }
        for one, later in pairwise(weeks[FREEZE]):
            assert one.ends_at >= later.starts_at, (name, one)
        for one, later in pairwise(weeks[OPENING]):
            assert one.ends_at <= later.starts_at, (name, one)
        for frozen, opened in zip(weeks[FREEZE], weeks[OPENING], strict=True):
            assert frozen.starts_at <= opened.starts_at < opened.ends_at <= frozen.ends_at, name
        changed = {turn.at.date() for turn in turns(name)}
        for one in weeks[FREEZE]:
            days = {(one.starts_at + timedelta(days=n)).date() for n in range(-1, 9)}
            if not days & changed:
                assert one.ends_at - one.starts_at == timedelta(days=7), (name, one)

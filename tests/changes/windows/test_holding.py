"""Calendar arithmetic: half-open, in wall time, through every change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from changes.windows import (
    HORIZON,
    Effect,
    Interval,
    Level,
    Recurrence,
    Window,
    frozen_until,
    in_force,
    next_freeze,
    next_maintenance,
    occurrences,
    open_until,
)

HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEKEND = Recurrence("FREQ=WEEKLY;BYDAY=FR", date(2024, 1, 5), time(16), timedelta(hours=62))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def once(
    start: datetime,
    end: datetime,
    effect: Effect = Effect.FREEZE,
    *,
    name: str = "freeze",
    level: Level = Level.BLOCK,
) -> Window:
    return Window(name, effect, level, "UTC", once=Interval(start, end))


def recurring(
    zone: str,
    start: str,
    hours: float,
    *,
    rule: str = "FREQ=DAILY",
    first: date = date(2000, 1, 1),
    effect: Effect = Effect.FREEZE,
) -> Window:
    recurs = Recurrence(rule, first, time.fromisoformat(start), timedelta(hours=hours))
    return Window("window", effect, Level.BLOCK, zone, recurs=recurs)


def spans(window: Window, day: str, *, days: float = 1) -> list[tuple[str, str]]:
    """The occurrences that start within so many UTC days, as `MM-DD HH:MM` in UTC."""
    begin = utc(day)
    found = occurrences([window], Interval(begin, begin + timedelta(days=days)))
    return [
        (f"{one.interval.starts_at:%m-%d %H:%M}", f"{one.interval.ends_at:%m-%d %H:%M}")
        for one in found
        if one.interval.starts_at >= begin
    ]


@pytest.mark.parametrize(
    ("instant", "inside"),
    [(NOON - TICK, False), (NOON, True), (NOON + HOUR - TICK, True), (NOON + HOUR, False)],
)
def test_an_interval_holds_its_start_and_not_its_end(instant: datetime, inside: bool) -> None:
    assert (instant in Interval(NOON, NOON + HOUR)) is inside
    assert bool(in_force([once(NOON, NOON + HOUR)], instant)) is inside


def test_intervals_that_touch_do_not_overlap() -> None:
    first, second = Interval(NOON, NOON + HOUR), Interval(NOON + HOUR, NOON + 2 * HOUR)

    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(Interval(NOON + HOUR - TICK, NOON + HOUR))


def test_the_weekend_freeze_keeps_its_wall_times_through_both_changes_of_the_clocks() -> None:
    amsterdam = Window("Weekend", Effect.FREEZE, Level.BLOCK, "Europe/Amsterdam", recurs=WEEKEND)

    assert spans(amsterdam, "2026-03-23", days=14) == [
        ("03-27 15:00", "03-30 04:00"),
        ("04-03 14:00", "04-06 04:00"),
    ]
    assert spans(amsterdam, "2026-10-19", days=14) == [
        ("10-23 14:00", "10-26 05:00"),
        ("10-30 15:00", "11-02 05:00"),
    ]


AMSTERDAM = "Europe/Amsterdam"
SPRING, AUTUMN = (AMSTERDAM, "2026-03-28T12:00"), (AMSTERDAM, "2026-10-24T12:00")
MARCH, NOVEMBER = ("America/New_York", "2026-03-07T17:00"), ("America/New_York", "2026-10-31T17:00")
OCTOBER = ("Australia/Lord_Howe", "2026-10-03T10:00")
APRIL = ("Australia/Lord_Howe", "2026-04-04T10:00")
CLOCKS = [
    # Amsterdam jumps from 02:00 to 03:00 on 29 March, at 01:00 UTC.
    (SPRING, "02:30", 2, ("03-29 01:00", "03-29 02:30"), ("03-29 01:00", "03-29 02:30")),
    (SPRING, "00:30", 2, ("03-28 23:30", "03-29 01:00"), ("03-28 23:30", "03-29 01:00")),
    (SPRING, "01:00", 3, ("03-29 00:00", "03-29 02:00"), ("03-29 00:00", "03-29 02:00")),
    # Amsterdam repeats 02:00 to 03:00 on 25 October, from 00:00 UTC.
    (AUTUMN, "02:30", 2, ("10-25 00:30", "10-25 03:30"), ("10-25 01:30", "10-25 03:30")),
    (AUTUMN, "00:30", 2, ("10-24 22:30", "10-25 01:30"), ("10-24 22:30", "10-25 00:30")),
    (AUTUMN, "01:00", 3, ("10-24 23:00", "10-25 03:00"), ("10-24 23:00", "10-25 03:00")),
    # New York: 02:00 does not exist on 8 March, 01:00 to 02:00 repeats on 1 November.
    (MARCH, "02:15", 1, ("03-08 07:00", "03-08 07:15"), ("03-08 07:00", "03-08 07:15")),
    (NOVEMBER, "01:15", 1, ("11-01 05:15", "11-01 07:15"), ("11-01 06:15", "11-01 07:15")),
    # Lord Howe moves by half an hour: 02:00 to 02:30 on 4 October, 02:00 back to 01:30 on 5 April.
    (OCTOBER, "02:10", 1, ("10-03 15:30", "10-03 16:10"), ("10-03 15:30", "10-03 16:10")),
    (APRIL, "01:45", 1, ("04-04 14:45", "04-04 16:15"), ("04-04 15:15", "04-04 16:15")),
]  # fmt: skip


@pytest.mark.parametrize(("night", "start", "hours", "freeze", "opening"), CLOCKS)
def test_a_freeze_only_gets_longer_and_an_opening_only_shorter_when_clocks_change(
    night: tuple[str, str],
    start: str,
    hours: float,
    freeze: tuple[str, str],
    opening: tuple[str, str],
) -> None:
    zone, day = night

    found = [
        spans(recurring(zone, start, hours, effect=effect), day)[0]
        for effect in (Effect.FREEZE, Effect.MAINTENANCE)
    ]

    assert found == [freeze, opening]


def test_an_opening_inside_the_repeated_hour_does_not_happen_that_night() -> None:
    window = recurring(AMSTERDAM, "02:10", 0.5, effect=Effect.MAINTENANCE)

    assert spans(window, AUTUMN[1], days=2) == [("10-26 01:10", "10-26 01:40")]


def test_samoa_skipped_a_whole_day() -> None:
    window = recurring("Pacific/Apia", "09:00", 4)

    assert spans(window, "2011-12-29T00:00", days=3) == [
        ("12-29 19:00", "12-29 23:00"),
        ("12-30 19:00", "12-30 23:00"),
        ("12-31 19:00", "12-31 23:00"),
    ]


def test_a_freeze_that_ends_on_the_day_samoa_skipped_ends_where_the_next_day_begins() -> None:
    window = recurring("Pacific/Apia", "22:00", 6, rule="FREQ=MONTHLY;BYMONTHDAY=29")

    assert spans(window, "2011-12-30T00:00", days=1) == [("12-30 08:00", "12-30 10:00")]


def test_a_one_off_window_is_kept_in_instants_whatever_its_zone() -> None:
    window = Window("x", Effect.FREEZE, Level.BLOCK, AMSTERDAM, once=Interval(NOON, NOON + HOUR))

    assert [one.interval for one in in_force([window], NOON)] == [Interval(NOON, NOON + HOUR)]


def test_an_occurrence_is_found_once_across_the_borders_of_months_and_years() -> None:
    window = recurring("Pacific/Auckland", "00:00", 24 * 40, rule="FREQ=YEARLY")

    found = occurrences([window], Interval(utc("2025-11-01"), utc("2026-04-01")))

    assert [one.interval for one in found] == [
        Interval(utc("2025-12-31T11:00"), utc("2026-02-09T11:00"))
    ]


@pytest.mark.parametrize(("hours", "holds"), [(24 * 36, True), (24 * 5, False)])
def test_a_window_that_began_in_another_month_is_still_found(hours: float, holds: bool) -> None:
    window = recurring("UTC", "00:00", hours, rule="FREQ=YEARLY", first=date(2020, 12, 31))

    assert bool(in_force([window], utc("2026-02-04"))) is holds


def test_the_first_date_is_the_first_and_the_count_ends_it() -> None:
    window = recurring("UTC", "12:00", 1, rule="FREQ=DAILY;COUNT=2", first=date(2026, 11, 18))

    assert spans(window, "2026-11-01", days=60) == [
        ("11-18 12:00", "11-18 13:00"),
        ("11-19 12:00", "11-19 13:00"),
    ]


def test_occurrences_come_earliest_first_and_say_whose_they_are() -> None:
    late = once(NOON + 2 * HOUR, NOON + 3 * HOUR, name="late")
    early = once(NOON, NOON + HOUR, Effect.MAINTENANCE, name="early")

    found = occurrences([late, early], Interval(NOON, NOON + DAY))

    assert [(one.name, one.effect) for one in found] == [
        ("early", Effect.MAINTENANCE),
        ("late", Effect.FREEZE),
    ]


def test_what_is_in_force_is_told_longest_first() -> None:
    short, long = once(NOON, NOON + HOUR, name="short"), once(NOON, NOON + DAY, name="long")

    assert [one.name for one in in_force([short, long], NOON)] == ["long", "short"]


def test_frozen_until_the_last_of_freezes_that_follow_one_another() -> None:
    chain = [
        once(NOON, NOON + HOUR),
        once(NOON + HOUR, NOON + 2 * HOUR),
        once(NOON + HOUR + HOUR / 2, NOON + 3 * HOUR),
        once(NOON + 3 * HOUR + TICK, NOON + 4 * HOUR),
    ]

    assert frozen_until(chain, NOON) == NOON + 3 * HOUR


def test_a_freeze_from_a_recurring_one_into_a_one_off_is_one_chain() -> None:
    weekend = Window("Weekend", Effect.FREEZE, Level.BLOCK, AMSTERDAM, recurs=WEEKEND)
    monday = once(utc("2026-11-23T05:00"), utc("2026-11-24T05:00"), name="Stocktaking")

    assert frozen_until([weekend, monday], utc("2026-11-20T18:00")) == utc("2026-11-24T05:00")


@pytest.mark.parametrize(
    "window",
    [
        once(NOON, NOON + HOUR, Effect.MAINTENANCE),
        once(NOON, NOON + HOUR, level=Level.WARN),
        once(NOON + TICK, NOON + HOUR),
        once(NOON - HOUR, NOON),
    ],
)
def test_only_a_blocking_freeze_that_holds_freezes(window: Window) -> None:
    assert frozen_until([window], NOON) is None


@pytest.mark.parametrize(
    "window",
    [
        once(NOON, NOON + HORIZON + TICK),
        recurring("UTC", "00:00", 24),
        once(NOON, NOON + HORIZON),
    ],
)
def test_a_freeze_past_the_horizon_has_no_end_in_sight(window: Window) -> None:
    assert frozen_until([window], NOON) is None


def test_the_next_freeze_is_one_that_is_still_to_come() -> None:
    holding = once(NOON - HOUR, NOON + HOUR, name="holding")
    warning = once(NOON + HOUR, NOON + DAY, name="warning", level=Level.WARN)
    coming = once(NOON + 2 * HOUR, NOON + DAY, name="coming")
    within = Interval(NOON, NOON + 3 * HOUR)

    found = next_freeze([holding, warning, coming], within)

    assert found is not None
    assert found.name == "coming"
    assert next_freeze([holding, warning], within) is None
    assert next_freeze([coming], Interval(NOON, NOON + 2 * HOUR)) is None


def test_the_next_maintenance_window_is_found_within_the_horizon() -> None:
    soon = once(NOON + DAY, NOON + 2 * DAY, Effect.MAINTENANCE, name="soon")
    late = once(NOON + HORIZON, NOON + HORIZON + DAY, Effect.MAINTENANCE, name="late")
    freeze = once(NOON, NOON + DAY)

    found = next_maintenance([late, soon, freeze], NOON)

    assert found is not None
    assert found.name == "soon"
    assert next_maintenance([late, freeze], NOON) is None


def test_open_until_the_longest_opening_that_holds_ends() -> None:
    short = once(NOON, NOON + HOUR, Effect.MAINTENANCE)
    long = once(NOON, NOON + 2 * HOUR, Effect.MAINTENANCE)

    assert open_until([short, long, once(NOON, NOON + DAY)], NOON) == NOON + 2 * HOUR
    assert open_until([short], NOON + HOUR) is None

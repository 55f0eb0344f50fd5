"""What a window would mean: the next ten times, clock changes, and lengths to beware of."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from changes.windows import Effect, Interval, Level, Listed, Recurrence, Window
from changes.windows.preview import Caution, ToHold, longest, preview, spell, too_short_for
from changes.windows.recurrence import never_pauses

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
AMSTERDAM = "Europe/Amsterdam"


def nightly(
    start: str,
    length: timedelta,
    *,
    rule: str = "FREQ=DAILY",
    zone: str = AMSTERDAM,
    effect: Effect = Effect.FREEZE,
) -> Window:
    recurs = Recurrence(rule, date(2024, 1, 1), time.fromisoformat(start), length)
    return Window("Night", effect, Level.BLOCK, zone, recurs=recurs)


def test_the_next_ten_times_are_told() -> None:
    found = preview(nightly("22:00", 2 * HOUR, rule="FREQ=WEEKLY;BYDAY=FR"), now=NOW)

    first = datetime(2026, 1, 16, 21, tzinfo=UTC)
    assert [one.interval for one in found.occurrences[:9]] == [
        Interval(first + n * 7 * DAY, first + n * 7 * DAY + 2 * HOUR) for n in range(9)
    ]
    assert len(found.occurrences) == 10


def test_a_single_time_is_told_however_far_ahead() -> None:
    far = Interval(NOW + 2000 * DAY, NOW + 2001 * DAY)
    window = Window("Move", Effect.FREEZE, Level.BLOCK, "UTC", once=far)

    assert [one.interval for one in preview(window, now=NOW).occurrences] == [far]
    assert preview(window, now=far.ends_at).occurrences == ()


@pytest.mark.parametrize(
    ("start", "hours", "effect", "cautions"),
    [
        (
            "02:30",
            2,
            Effect.FREEZE,
            [
                (
                    "clock_gap",
                    "02:30 on Sun 29 Mar 2026 does not exist in Europe/Amsterdam, for the clocks "
                    "go forward: it starts at 03:00 CEST.",
                ),
                (
                    "clock_fold",
                    "02:30 on Sun 25 Oct 2026 comes twice in Europe/Amsterdam, for the clocks go "
                    "back: it starts at the first, 02:30 CEST (UTC+0200).",
                ),
            ],
        ),
        (
            "00:30",
            2,
            Effect.FREEZE,
            [
                (
                    "clock_gap",
                    "02:30 on Sun 29 Mar 2026 does not exist in Europe/Amsterdam, for the clocks "
                    "go forward: it ends at 03:00 CEST.",
                ),
                (
                    "clock_fold",
                    "02:30 on Sun 25 Oct 2026 comes twice in Europe/Amsterdam, for the clocks go "
                    "back: it ends at the second, 02:30 CET (UTC+0100).",
                ),
            ],
        ),
        (
            "02:30",
            2,
            Effect.MAINTENANCE,
            [
                (
                    "clock_gap",
                    "02:30 on Sun 29 Mar 2026 does not exist in Europe/Amsterdam, for the clocks "
                    "go forward: it starts at 03:00 CEST.",
                ),
                (
                    "clock_fold",
                    "02:30 on Sun 25 Oct 2026 comes twice in Europe/Amsterdam, for the clocks go "
                    "back: it starts at the second, 02:30 CET (UTC+0100).",
                ),
            ],
        ),
        (
            "02:00",
            0.5,
            Effect.MAINTENANCE,
            [
                (
                    "clocks_swallow_it",
                    "On Sun 29 Mar 2026 it does not hold: the clocks of Europe/Amsterdam change "
                    "over all of it.",
                ),
                (
                    "clocks_swallow_it",
                    "On Sun 25 Oct 2026 it does not hold: the clocks of Europe/Amsterdam change "
                    "over all of it.",
                ),
            ],
        ),
        ("04:00", 2, Effect.FREEZE, []),
    ],
)
def test_each_clock_change_that_hits_is_told_with_the_shifted_time(
    start: str, hours: float, effect: Effect, cautions: list[tuple[str, str]]
) -> None:
    found = preview(nightly(start, hours * HOUR, effect=effect), now=NOW)

    assert [(one.code, one.message) for one in found.cautions] == cautions


def test_a_zone_without_clock_changes_has_none() -> None:
    assert preview(nightly("02:30", 2 * HOUR, zone="Asia/Tokyo"), now=NOW).cautions == ()


@pytest.mark.parametrize(("seconds", "told"), [(59, True), (60, False)])
def test_less_than_a_minute_is_told(seconds: int, told: bool) -> None:
    once = Interval(NOW + DAY, NOW + DAY + timedelta(seconds=seconds))
    window = Window("Blink", Effect.FREEZE, Level.BLOCK, "UTC", once=once)

    found = [one.message for one in preview(window, now=NOW).cautions]

    assert found == (
        ["On Fri 16 Jan 2026 it lasts 59 s: who asks once a minute may never see it."]
        if told
        else []
    )


def test_times_of_a_calendar_are_told_with_its_words() -> None:
    day = Listed(Interval(NOW + DAY, NOW + 2 * DAY), "Epiphany")
    window = Window(
        "Holidays", Effect.FREEZE, Level.BLOCK, "UTC", reason="nobody is in", listed=(day,)
    )

    (one,) = preview(window, now=NOW).occurrences

    assert (one.interval, one.reason) == (day.interval, "nobody is in: Epiphany")


def test_changes_planned_for_longer_than_the_window_are_told() -> None:
    to_hold = ToHold(changes=12, longer=3, ref="CHG-7", length=4 * HOUR)

    assert list(too_short_for(to_hold, length=1.5 * HOUR)) == [
        Caution(
            "shorter_than_changes",
            "Its longest time is 1 h 30 min; 3 of 12 open changes in its scope are planned for "
            "longer, CHG-7 for 4 h.",
        )
    ]
    assert list(too_short_for(ToHold(12, 0, "CHG-7", HOUR), length=HOUR)) == []


def test_the_longest_time_is_what_really_passes() -> None:
    found = preview(nightly("00:30", 2 * HOUR), now=datetime(2026, 10, 24, tzinfo=UTC))

    assert longest(found.occurrences) == 3 * HOUR
    assert longest(()) == timedelta()


@pytest.mark.parametrize(
    ("length", "spelt"),
    [
        (62 * HOUR, "62 h"),
        (1.5 * HOUR, "1 h 30 min"),
        (timedelta(seconds=20), "20 s"),
        (timedelta(), "0 s"),
    ],
)
def test_lengths_are_spelt(length: timedelta, spelt: str) -> None:
    assert spell(length) == spelt


@pytest.mark.parametrize(
    ("rule", "length", "never"),
    [
        ("FREQ=DAILY", 24 * HOUR, True),
        ("FREQ=DAILY", 24 * HOUR - timedelta(minutes=1), False),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", 25 * HOUR, True),
        ("FREQ=WEEKLY;BYDAY=MO", 7 * DAY, True),
        ("FREQ=WEEKLY;BYDAY=MO,WE", 4 * DAY, False),
        ("FREQ=WEEKLY;BYDAY=MO,WE", 5 * DAY, True),
        ("FREQ=MONTHLY;BYMONTHDAY=1", 30 * DAY, False),
        ("FREQ=MONTHLY;BYMONTHDAY=1", 31 * DAY, True),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1", 300 * DAY, False),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1", 366 * DAY, True),
        ("FREQ=DAILY;UNTIL=20270101T000000", 24 * HOUR, False),
        ("FREQ=DAILY;COUNT=3", 24 * HOUR, False),
    ],
)
def test_a_rule_that_never_pauses_is_known(rule: str, length: timedelta, never: bool) -> None:
    recurs = Recurrence(rule, date(2026, 1, 1), time(), length)
    after = datetime(2026, 1, 15)  # noqa: DTZ001 wall time

    assert never_pauses(recurs, after=after, before=after + 1461 * DAY) is never


def test_a_clock_change_within_a_listed_time_is_told_with_how_long_it_lasts():
    easter = Interval(
        datetime(2027, 3, 27, 23, tzinfo=UTC),
        datetime(2027, 3, 28, 22, tzinfo=UTC),
    )
    plain = Interval(easter.ends_at, easter.ends_at + timedelta(days=1))
    window = Window(
        "Public holidays",
        Effect.FREEZE,
        Level.BLOCK,
        "Europe/Amsterdam",
        listed=(Listed(easter, "Easter Sunday"), Listed(plain, "Easter Monday")),
    )

    found = preview(window, now=datetime(2027, 3, 1, tzinfo=UTC))

    assert [one.interval for one in found.occurrences] == [easter, plain]
    assert [(one.code, one.message) for one in found.cautions] == [
        (
            "clock_change",
            "The clocks of Europe/Amsterdam change during “Easter Sunday” on Sun 28 Mar 2027: it "
            "lasts 23 h.",
        )
    ]

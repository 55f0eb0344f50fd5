"""Recurring windows in many zones, against an expansion that knows nothing of theirs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.windows import (
    Effect,
    Interval,
    Level,
    Recurrence,
    Window,
    in_force,
    occurrences,
    refuse_unknown_rule,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STRANGE = (
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # skipped 30 December 2011
    "Pacific/Chatham",  # +12:45 and +13:45
    "America/St_Johns",  # changed at 00:01
    "Africa/Casablanca",  # back for Ramadan
    "Asia/Gaza",
    "Asia/Kathmandu",
    "America/Sao_Paulo",  # midnight did not exist
    "Antarctica/Troll",  # two hours
    "Europe/Dublin",  # winter is the exception
    "Asia/Pyongyang",
    "America/Caracas",
    "Pacific/Kiritimati",
    "UTC",
)
ZONES = st.sampled_from(STRANGE) | st.sampled_from(sorted(available_timezones() - {"localtime"}))
DATES = st.dates(date(1990, 1, 1), date(2037, 12, 1))
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Rule:
    """An RRULE, and by other means whether a date is one of it."""

    text: str
    on: Callable[[date, date], bool]


def monday(day: date) -> date:
    return day - day.weekday() * DAY


RULES = st.one_of(
    st.sampled_from([1, 2, 5]).map(
        lambda n: Rule(f"FREQ=DAILY;INTERVAL={n}", lambda day, first: (day - first).days % n == 0)
    ),
    st.sets(st.integers(0, 6), min_size=1).map(
        lambda days: Rule(
            "FREQ=WEEKLY;BYDAY=" + ",".join(DAYS[day] for day in sorted(days)),
            lambda day, first: day.weekday() in days,
        )
    ),
    st.integers(2, 5).map(
        lambda n: Rule(
            f"FREQ=WEEKLY;INTERVAL={n};BYDAY=WE",
            lambda day, first: (
                day.weekday() == 2 and (monday(day) - monday(first)).days // 7 % n == 0
            ),
        )
    ),
    st.integers(1, 31).map(
        lambda n: Rule(f"FREQ=MONTHLY;BYMONTHDAY={n}", lambda day, first: day.day == n)
    ),
    st.just(Rule("FREQ=MONTHLY;BYMONTHDAY=-1", lambda day, first: (day + DAY).month != day.month)),
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 10, 15, 30, 45, 59]))
LENGTHS = st.sampled_from([1, 20, 30, 60, 90, 240, 24 * 60, 62 * 60, 100 * 60]).map(
    lambda minutes: minutes * MINUTE
)


def shown(zone: ZoneInfo, instant: datetime) -> datetime:
    """What a clock on the wall shows at an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@cache
def instants(zone: ZoneInfo, wall: datetime) -> list[datetime]:
    """Every instant at which the clock shows `wall`; where none does, the first that shows more."""
    around = wall.replace(tzinfo=UTC)
    near = [around + n * 6 * 60 * MINUTE for n in range(-8, 9)]
    offsets = {shown(zone, instant) - instant.replace(tzinfo=None) for instant in near}
    if found := sorted(t for offset in offsets if shown(zone, t := around - offset) == wall):
        return found
    instant = around - 26 * 60 * MINUTE
    while shown(zone, instant) < wall:
        instant += MINUTE
    return [instant]


def expanded(window: Window, rule: Rule, within: Interval) -> Iterator[Interval]:
    """Day by day: wall times, and the instants that show them."""
    assert window.recurs is not None
    zone, recurs = ZoneInfo(window.zone), window.recurs
    day = max(recurs.first_date, within.starts_at.date() - recurs.duration - 4 * DAY)
    while day <= within.ends_at.date() + 3 * DAY:
        if rule.on(day, recurs.first_date):
            begins = datetime.combine(day, recurs.start_time)
            starts, ends = instants(zone, begins), instants(zone, begins + recurs.duration)
            frozen = window.effect is Effect.FREEZE
            found = Interval(starts[0] if frozen else starts[-1], ends[-1] if frozen else ends[0])
            if found.starts_at < found.ends_at and found.overlaps(within):
                yield found
        day += DAY


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, Rule, date]:
    """A recurring window, its rule, and a date to look at it."""
    rule, looked_at = draw(RULES), draw(DATES)
    first = looked_at - draw(st.integers(-3, 400)) * DAY
    recurs = Recurrence(rule.text, first, draw(TIMES), draw(LENGTHS))
    effect = draw(st.sampled_from(Effect))
    return Window("window", effect, Level.BLOCK, draw(ZONES), recurs=recurs), rule, looked_at


@given(windows(), st.integers(1, 40))
@settings(max_examples=150)
def test_occurrences_are_those_of_a_day_by_day_expansion(
    drawn: tuple[Window, Rule, date], days: int
) -> None:
    window, rule, day = drawn
    begin = datetime.combine(day, time(7, 30), tzinfo=UTC)
    within = Interval(begin, begin + days * DAY)

    found = [one.interval for one in occurrences([window], within)]

    assert found == sorted(expanded(window, rule, within))


@given(windows(), st.integers(0, 3 * 24 * 60))
@settings(max_examples=300)
def test_a_freeze_is_never_shorter_than_its_text_and_an_opening_never_longer(
    drawn: tuple[Window, Rule, date], minutes: int
) -> None:
    window, rule, day = drawn
    assert window.recurs is not None
    instant = datetime.combine(day, time(), tzinfo=UTC) + minutes * MINUTE
    wall = shown(ZoneInfo(window.zone), instant)
    first, start, length = (
        window.recurs.first_date,
        window.recurs.start_time,
        window.recurs.duration,
    )
    days = [
        wall.date() - n * DAY
        for n in range(length.days + 3)
        if wall.date() - n * DAY >= first and rule.on(wall.date() - n * DAY, first)
    ]
    says = any(
        datetime.combine(one, start) <= wall < datetime.combine(one, start) + length for one in days
    )

    holds = bool(in_force([window], instant))

    assert holds or not says if window.effect is Effect.FREEZE else says or not holds


@pytest.mark.parametrize("year", [2011, 2026])
@pytest.mark.parametrize("zone", STRANGE)
def test_a_night_every_day_of_a_year_in_a_strange_zone(zone: str, year: int) -> None:
    recurs = Recurrence("FREQ=DAILY", date(2000, 1, 1), time(1, 30), timedelta(hours=2))
    rule = Rule("FREQ=DAILY", lambda day, first: True)
    within = Interval(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))

    for effect in Effect:
        window = Window("night", effect, Level.BLOCK, zone, recurs=recurs)
        found = [one.interval for one in occurrences([window], within)]
        assert found == list(expanded(window, rule, within))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYDAY=FR",
        "FREQ=DAILY;COUNT=3",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=DAILY;UNTIL=20301231T000000",
        "freq=weekly;byday=mo",
    ],
)
def test_rules_of_whole_days_are_taken(rule: str) -> None:
    refuse_unknown_rule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every friday",
        "FREQ=SOMETIMES",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20200101T000000",
        "FREQ=DAILY;UNTIL=20301231T000000Z",
        "BYDAY=FR",
        "DTSTART:20260101\nRRULE:FREQ=DAILY",
    ],
)
def test_other_rules_are_refused_with_a_sentence_that_quotes_them(rule: str) -> None:
    with pytest.raises(ValueError, match=r"(?s)^“.*” .*\.$") as refused:
        refuse_unknown_rule(rule)

    assert str(refused.value).startswith(f"“{rule}”")

"""Recurring windows as crons, against crons that are gone through minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.windows import Effect, Interval, Level, Recurrence, Window, occurrences
from changes.windows.crons import Inexpressible, end_cron, start_cron

TODAY = date(2026, 11, 21)
AHEAD = Interval(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC))


def recurs(rule: str, *, at: str = "16:00", hours: float = 2, first: date = TODAY) -> Recurrence:
    return Recurrence(rule, first, time.fromisoformat(at), timedelta(hours=hours))


def fires(cron: str) -> list[datetime]:
    """Every instant at which a cron in UTC fires, by its five fields."""
    minute, hour, *days = cron.split()
    months, month_days, week_days = days[1], days[0], days[2]
    day, found = AHEAD.starts_at, []

    def names(field: str, number: int) -> bool:
        return field == "*" or str(number) in field.split(",")

    while day < AHEAD.ends_at:
        of_week = names(week_days, day.isoweekday() % 7)
        if names(months, day.month) and names(month_days, day.day) and of_week:
            found.append(day + timedelta(hours=int(hour), minutes=int(minute)))
        day += timedelta(days=1)
    return found


def held(rule: Recurrence) -> list[Interval]:
    window = Window("w", Effect.FREEZE, Level.BLOCK, "UTC", recurs=rule)
    return [one.interval for one in occurrences([window], AHEAD)]


@pytest.mark.parametrize(
    ("rule", "hours", "starts", "ends"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", 62, "0 16 * * 5", "0 6 * * 1"),
        ("FREQ=WEEKLY", 1, "0 16 * * 6", "0 17 * * 6"),
        ("FREQ=DAILY", 10, "0 16 * * *", "0 2 * * *"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", 1.5, "0 16 * * 1,2,3,4,5", "30 17 * * 1,2,3,4,5"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", 24, "0 16 1,15 * *", "0 16 2,16 * *"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", 48, "0 16 24 12 *", "0 16 26 12 *"),
    ],
)
def test_a_rule_is_a_pair_of_crons(rule: str, hours: float, starts: str, ends: str):
    one = recurs(rule, hours=hours)

    assert (start_cron(one, today=TODAY), end_cron(one, today=TODAY)) == (starts, ends)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (recurs("FREQ=DAILY;COUNT=3"), "it ends for good, and a cron never does"),
        (recurs("FREQ=DAILY;UNTIL=20301231T000000"), "it ends for good, and a cron never does"),
        (recurs("FREQ=WEEKLY;INTERVAL=2"), "it skips days, weeks, months or years"),
        (recurs("FREQ=MONTHLY;BYDAY=2TU"), "it names weekdays of a month"),
        (recurs("FREQ=MONTHLY;BYMONTHDAY=-1"), "it counts days from the end of the month"),
        (recurs("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1"), "it picks one of several days"),
        (recurs("FREQ=DAILY;BYDAY=FR;BYMONTHDAY=13"), "days of week and month must agree"),
        (recurs("FREQ=DAILY", first=date(2027, 1, 1)), "it begins on 01 Jan 2027"),
        (recurs("FREQ=DAILY", at="16:00:30"), "it starts within a minute"),
    ],
)
def test_what_no_cron_says_is_told(one: Recurrence, why: str):
    with pytest.raises(Inexpressible, match=why):
        start_cron(one, today=TODAY)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (recurs("FREQ=DAILY", hours=24), "a time begins before the last one has ended"),
        (recurs("FREQ=WEEKLY;BYDAY=SA,SU", hours=30), "a time begins before the last one"),
        (recurs("FREQ=WEEKLY;BYDAY=SU,SA", hours=24), "a time begins before the last one"),
        (recurs("FREQ=MONTHLY;BYMONTHDAY=28", hours=24), "end in another month"),
        (recurs("FREQ=DAILY;BYMONTH=12", hours=10), "end in another month"),
    ],
)
def test_ends_that_no_cron_says_are_told(one: Recurrence, why: str):
    with pytest.raises(Inexpressible, match=why):
        end_cron(one, today=TODAY)


RULES = st.one_of(
    st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1).map(
        lambda days: f"FREQ=WEEKLY;BYDAY={','.join(sorted(days))}"
    ),
    st.sets(st.integers(1, 31), min_size=1, max_size=3).map(
        lambda days: f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, sorted(days)))}"
    ),
    st.tuples(st.integers(1, 12), st.integers(1, 28)).map(
        lambda md: f"FREQ=YEARLY;BYMONTH={md[0]};BYMONTHDAY={md[1]}"
    ),
    st.just("FREQ=DAILY"),
    st.integers(1, 12).map(lambda month: f"FREQ=DAILY;BYMONTH={month}"),
)


@given(RULES, st.integers(0, 23), st.integers(1, 90))
@settings(max_examples=150)
def test_crons_fire_when_the_window_starts_and_ends(rule: str, hour: int, hours: int):
    one = recurs(rule, at=f"{hour:02}:15", hours=hours)
    found = held(one)
    inside = [each for each in found if each.starts_at >= AHEAD.starts_at]

    assert fires(start_cron(one, today=TODAY)) == [
        each.starts_at for each in inside if each.starts_at < AHEAD.ends_at
    ]
    try:
        ends = fires(end_cron(one, today=TODAY))
    except Inexpressible:
        return
    assert ends == [
        each.ends_at for each in found if AHEAD.starts_at <= each.ends_at < AHEAD.ends_at
    ]

"""Where a change fits: free of freezes and conflicts, ranked by arithmetic that adds up."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from changes.policies.slots import Factor, Neighbour, Wish, best, free
from changes.policies.slots.scoring import BASE
from changes.windows import Effect, Interval, Level, Recurrence, Window

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
"""Nine in the morning in Amsterdam."""

WEEKEND = Window(
    "Weekend freeze",
    Effect.FREEZE,
    Level.BLOCK,
    "Europe/Amsterdam",
    recurs=Recurrence("FREQ=WEEKLY;BYDAY=FR", date(2024, 1, 5), time(16), 62 * HOUR),
)
NIGHTLY = Window(
    "Nightly",
    Effect.MAINTENANCE,
    Level.BLOCK,
    "Europe/Amsterdam",
    recurs=Recurrence("FREQ=DAILY", date(2024, 1, 5), time(22), 4 * HOUR),
)


def wish(*, days: float = 7, hours: float = 1, **more: Any) -> Wish:
    within = Interval(MONDAY, MONDAY + days * DAY)
    return Wish(within, hours * HOUR, "Europe/Amsterdam", **more)


def freeze(starts: float, hours: float, name: str = "Audit") -> Window:
    begin = MONDAY + starts * HOUR
    once = Interval(begin, begin + hours * HOUR)
    return Window(name, Effect.FREEZE, Level.BLOCK, "UTC", once=once)


def other(starts: float, hours: float, *, blocks: bool = False, ref: str = "CHG-9") -> Neighbour:
    begin = MONDAY + starts * HOUR
    return Neighbour(Interval(begin, begin + hours * HOUR), ref, "search", blocks)


def test_on_a_free_morning_the_first_hour_is_the_best() -> None:
    slot = best(wish(), count=1).slots[0]

    assert slot.period == Interval(MONDAY, MONDAY + HOUR)
    assert slot.score == 80
    assert slot.factors == (
        Factor(
            "staff hours",
            30,
            "1 h of 1 h between 09:00 and 17:00, Monday to Friday (Europe/Amsterdam).",
        ),
    )


def test_a_freeze_and_a_conflict_are_gone_round_and_the_addends_shown() -> None:
    slot = best(
        wish(
            days=0.5,
            hours=2,
            windows=(freeze(0, 2), freeze(7, 1, "Dry run")),
            neighbours=(other(2, 1, blocks=True), other(5.5, 1, ref="CHG-8")),
        ),
        count=1,
    ).slots[0]

    assert slot.period == Interval(MONDAY + 3 * HOUR, MONDAY + 5 * HOUR)
    assert [(one.name, one.points) for one in slot.factors] == [
        ("staff hours", 30),
        ("neighbours", -20),
    ]
    assert slot.factors[1].why == "Within an hour of CHG-9 and CHG-8."
    assert slot.score == 60


def test_a_closed_environment_is_planned_in_its_maintenance_windows() -> None:
    found = best(wish(windows=(NIGHTLY,), environment_is_open=False), count=3)

    begins = MONDAY.replace(hour=21)
    assert [slot.period.starts_at for slot in found.slots] == [
        begins,
        begins + HOUR,
        begins + 2 * HOUR,
    ]
    assert found.slots[0].factors == (
        Factor("quiet hours", 15, "1 h of 1 h at night or at the weekend."),
    )


def test_no_slot_begins_so_late_that_it_would_run_into_a_freeze() -> None:
    periods = [one.period for one in best(wish(windows=(WEEKEND,)), count=20).slots]

    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert not any(one.overlaps(Interval(friday, friday + 62 * HOUR)) for one in periods)


def test_the_last_hours_before_a_freeze_leave_no_time_to_mend() -> None:
    only = wish(days=0.5, hours=2, windows=(freeze(2.5, 24),))

    slot = best(only, count=1).slots[0]

    assert slot.factors[-1] == Factor(
        "no time to mend", -15, "“Audit” begins Mon 16 Nov 11:30 CET, 30 min after it."
    )


def test_a_friday_afternoon_costs() -> None:
    friday = replace(
        wish(hours=2), within=Interval(MONDAY + 4 * DAY + 4 * HOUR, MONDAY + 4 * DAY + 6 * HOUR)
    )

    slot = best(friday, count=1).slots[0]

    assert Factor("Friday", -15, "It ends on a Friday afternoon.") in slot.factors


def test_each_day_away_costs_two_up_to_twenty() -> None:
    frozen = wish(days=40, windows=(freeze(0, 24 * 21),))

    slot = best(frozen, count=1).slots[0]

    assert Factor("distance", -20, "21 days away.") in slot.factors


def test_an_emergency_does_not_look_at_windows() -> None:
    given_ = wish(windows=(freeze(0, 999),), environment_is_open=False, skips_calendar=True)

    assert best(given_, count=1).slots[0].period.starts_at == MONDAY


def test_where_nothing_is_free_it_says_what_takes_the_time() -> None:
    found = best(
        wish(
            days=1,
            hours=5,
            windows=(NIGHTLY, freeze(0, 12)),
            neighbours=(other(14, 2, blocks=True),),
            environment_is_open=False,
        ),
        count=3,
    )

    assert found.slots == ()
    assert found.says == (
        "No 5 h is free in the 24 h that were searched: maintenance windows open 4 h, freezes take "
        "12 h and other changes take 2 h. Look farther ahead, shorten the change, or ask a change "
        "manager."
    )


def test_a_wish_longer_than_the_search_finds_nothing() -> None:
    assert best(wish(days=1, hours=25), count=1).slots == ()


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Two days with up to four windows and four changes, in an open or a closed environment."""
    spans = st.tuples(st.integers(-600, 2800), st.integers(1, 900))
    found = []
    for number, (start, length) in enumerate(draw(st.lists(spans, max_size=4))):
        begin = MONDAY + start * MINUTE
        effect = draw(st.sampled_from([Effect.FREEZE, Effect.MAINTENANCE]))
        level = draw(st.sampled_from([Level.BLOCK, Level.BLOCK, Level.WARN]))
        once = Interval(begin, begin + length * MINUTE)
        found.append(Window(f"W{number}", effect, level, "UTC", once=once))
    near = [
        other(start / 60, length / 60, blocks=draw(st.booleans()), ref=f"CHG-{number}")
        for number, (start, length) in enumerate(draw(st.lists(spans, max_size=4)))
    ]
    return wish(
        days=2,
        hours=draw(st.integers(1, 40)) / 4,
        windows=tuple(found),
        neighbours=tuple(near),
        environment_is_open=draw(st.booleans()),
    )


def _is_free(wish_: Wish, at: datetime) -> bool:
    """Asked of one minute by hand."""
    freezes = [w for w in wish_.windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    openings = [w for w in wish_.windows if w.effect is Effect.MAINTENANCE]
    if any(w.once is not None and at in w.once for w in freezes):
        return False
    if any(one.blocks and at in one.period for one in wish_.neighbours):
        return False
    return wish_.environment_is_open or any(w.once is not None and at in w.once for w in openings)


@settings(max_examples=150, deadline=None)
@given(wishes())
def test_every_slot_is_free_by_the_minute_and_adds_up(wish_: Wish) -> None:
    for slot in best(wish_, count=8).slots:
        minutes = int(wish_.duration / MINUTE)
        assert slot.period.ends_at - slot.period.starts_at == wish_.duration
        assert all(
            _is_free(wish_, slot.period.starts_at + step * MINUTE) for step in range(minutes)
        )
        assert slot.score == max(0, min(100, BASE + sum(one.points for one in slot.factors)))


@settings(max_examples=150, deadline=None)
@given(wishes())
def test_nothing_is_found_only_where_no_such_stretch_is_free(wish_: Wish) -> None:
    whole = int((wish_.within.ends_at - wish_.within.starts_at) / MINUTE)
    run = longest = 0
    for step in range(whole):
        run = run + 1 if _is_free(wish_, wish_.within.starts_at + step * MINUTE) else 0
        longest = max(longest, run)

    # A stretch may begin off the quarter hours that slots begin at.
    if longest * MINUTE >= wish_.duration + 15 * MINUTE:
        assert best(wish_, count=1).slots != ()
    if longest * MINUTE < wish_.duration:
        assert best(wish_, count=1).slots == ()
    assert all(one.ends_at - one.starts_at >= wish_.duration for one in free(wish_))

"""The next instant at which a change may go: right to the minute, honest where there is none."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from changes.policies import Facts, Outlook, may, outlook
from changes.states import Kind, State
from changes.windows import (
    HORIZON,
    Effect,
    Interval,
    Level,
    Lift,
    Recurrence,
    Window,
    lift,
)
from tests.changes.policies.given import HOUR, NOW, facts, window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEVER = (
    "The calendar opens at no time within 400 days, up to 23 Dec 2027. Ask a change manager to "
    "shorten a freeze, to open a maintenance window, or for an override."
)


def place(*windows: Window, is_open: bool = True) -> Facts:
    """A place with these windows and no change in mind."""
    return facts(State.SCHEDULED, windows=windows, environment_is_open=is_open)


def test_without_objection_it_is_now() -> None:
    assert outlook("explain", place(), now=NOW) == Outlook(NOW)


def test_a_freeze_longer_than_the_horizon_says_so() -> None:
    endless = window(lasts=500 * DAY)

    assert outlook("explain", place(endless), now=NOW) == Outlook(None, NEVER)


def test_a_closed_environment_without_any_window_says_so() -> None:
    assert outlook("explain", place(is_open=False), now=NOW) == Outlook(None, NEVER)


def test_openings_that_are_always_frozen_say_so() -> None:
    every_day = "FREQ=DAILY"
    first = date(2026, 1, 1)
    opening = Recurrence(every_day, first, time(2), HOUR)
    frozen = Recurrence(every_day, first, time(1), 3 * HOUR)
    windows = (
        Window("Nightly", Effect.MAINTENANCE, Level.BLOCK, "Europe/Amsterdam", recurs=opening),
        Window("Backup", Effect.FREEZE, Level.BLOCK, "Europe/Amsterdam", recurs=frozen),
    )

    assert outlook("explain", place(*windows, is_open=False), now=NOW) == Outlook(None, NEVER)


def test_what_somebody_must_do_first_has_no_instant_and_no_such_sentence() -> None:
    held = facts(State.SCHEDULED, required_checks=(), planned=Interval(NOW - DAY, NOW - HOUR))

    assert outlook("deploy", held, now=NOW) == Outlook(None)


def test_an_override_to_come_is_the_next_instant() -> None:
    freeze = replace(window(lasts=30 * HOUR), ref="WIN-1")
    opened = Lift(frozenset({"WIN-1"}), Interval(NOW + 3 * HOUR, NOW + 4 * HOUR))

    assert outlook("explain", place(*lift([freeze], [opened])), now=NOW) == Outlook(NOW + 3 * HOUR)


minutes = st.integers(-300, 1800)
REFS = ("WIN-1", "WIN-2", "WIN-3", "WIN-4", "WIN-5")


@st.composite
def calendars(draw: st.DrawFn) -> Facts:
    """Up to five overlapping freezes and openings, and overrides of them, on a planned change."""
    found = []
    for ref in REFS[: draw(st.integers(1, 5))]:
        begin = NOW + draw(minutes) * MINUTE
        found.append(
            Window(
                ref,
                draw(st.sampled_from([Effect.FREEZE, Effect.FREEZE, Effect.MAINTENANCE])),
                draw(st.sampled_from([Level.BLOCK, Level.BLOCK, Level.WARN])),
                "UTC",
                once=Interval(begin, begin + draw(st.integers(1, 900)) * MINUTE),
                ref=ref,
            )
        )
    lifts = [
        Lift(
            frozenset(draw(st.sets(st.sampled_from(REFS), min_size=1))),
            Interval(
                begin := NOW + draw(minutes) * MINUTE, begin + draw(st.integers(1, 600)) * MINUTE
            ),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    start = NOW + draw(minutes) * MINUTE
    return facts(
        State.SCHEDULED,
        Kind.NORMAL,
        windows=lift(found, lifts),
        environment_is_open=draw(st.booleans()),
        planned=Interval(start, start + draw(st.integers(60, 1200)) * MINUTE),
    )


def walked(given_: Facts) -> datetime | None:
    """The first minute nothing objects to, found by asking the calendar of each by hand."""
    freezes = [w for w in given_.windows if w.effect is Effect.FREEZE and w.level is Level.BLOCK]
    openings = [w for w in given_.windows if w.effect is Effect.MAINTENANCE]
    for step in range(2 * 24 * 60 + 1500):
        at = NOW + step * MINUTE
        if given_.planned is None or at not in given_.planned:
            continue
        if any(_holds(one, at) for one in freezes):
            continue
        if given_.environment_is_open or any(_holds(one, at) for one in openings):
            return at
    return None


def _holds(window_: Window, at: datetime) -> bool:
    assert window_.once is not None
    return at in window_.once and not any(at in hole for hole in window_.lifted)


@settings(max_examples=400, deadline=None)
@given(calendars())
def test_the_outlook_is_the_first_minute_nothing_objects_to(given_: Facts) -> None:
    found = outlook("deploy", given_, now=NOW).at

    assert found == walked(given_)
    if found is not None:
        assert may("deploy", given_, now=found).allowed
        assert found <= NOW + HORIZON

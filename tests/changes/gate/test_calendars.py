"""The gate heeds the times that somebody else's calendar names."""

import pytest

from catalog.models import Environment
from changes.models import ListedTime, Window
from changes.queries import bands, calendar, scopes
from changes.states import State
from changes.windows import Interval
from tests.changes.gate.asking import ask, codes
from tests.living import at, change_at, service

pytestmark = pytest.mark.usefixtures("settled")


def named(*times: tuple[float, float], effect: str = "freeze") -> Window:
    """A calendar with times, each from and until so many minutes after nine."""
    window = Window.objects.create(
        name="Public holidays",
        effect=effect,
        source="holidays",
        holidays="NL",
        time_zone="Europe/Amsterdam",
        reason="the office is closed",
    )
    ListedTime.objects.bulk_create(
        ListedTime(window=window, starts_at=at(a), ends_at=at(b), summary=f"Day {n}")
        for n, (a, b) in enumerate(times, start=1)
    )
    return window


def test_a_listed_time_freezes_with_its_name_until_it_ends():
    change_at(State.SCHEDULED)
    named((0, 70), (70, 90), (500, 600))

    answer = ask(minutes=60, revision="4f1c2d9")

    (reason,) = answer.reasons
    assert reason.message == (
        "production is frozen for refunds until Wed 18 Nov 11:10 CET: "
        "Public holidays (the office is closed: Day 1)."
    )
    assert (reason.until, answer.next_allowed_at) == (at(90), at(90))
    assert codes(ask(minutes=90, revision="4f1c2d9")) == []


def test_a_permit_ends_where_a_listed_time_begins():
    change_at(State.SCHEDULED)
    named((75, 90))

    assert ask(minutes=60, revision="4f1c2d9").expires_at == at(75)


def test_an_opening_that_a_calendar_names_opens_a_closed_environment():
    Environment.objects.update(default="closed")
    change_at(State.SCHEDULED)
    named((60, 90), effect="maintenance")

    assert [ask(minutes=m, revision="4f1c2d9").decision for m in (60, 89, 90)] == [
        "allow",
        "allow",
        "deny",
    ]


def test_schedule_and_catalogue_know_the_times_the_gate_knows():
    window = named((0, 70), (500, 600))
    day = Interval(at(-540), at(900))
    lane = bands.Lane("refunds", "Refunds", "payments", "Europe/Amsterdam", 3)
    expected = [Interval(at(0), at(70)), Interval(at(500), at(600))]

    held = calendar.occurrences(within=day, service="refunds")
    drawn = bands.bands(bands.touching(within=day), within=day, lanes=[lane])
    (active,) = scopes.in_scope(
        scopes.active(now=at(0)), service=service(), environment="production", kind="normal"
    )

    assert [one.occurrence.interval for one in held] == expected
    assert [(one.window, one.occurrence.reason) for one in held] == [
        (window.ref, "the office is closed: Day 1"),
        (window.ref, "the office is closed: Day 2"),
    ]
    assert [one.occurrence.interval for one in drawn] == expected
    assert [one.interval for one in active.listed] == expected

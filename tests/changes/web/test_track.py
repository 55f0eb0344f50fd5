"""The lifecycle as a track."""

import pytest

from changes.states import Kind, State
from changes.web.track import track
from tests import living
from tests.living import at, change_at, fresh

pytestmark = pytest.mark.usefixtures("settled")


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (State.PLANNING, ["now", "next", "next", "next", "next", "next"]),
        (State.AWAITING_APPROVAL, ["done", "now", "next", "next", "next", "next"]),
        (State.SCHEDULED, ["done", "done", "now", "next", "next", "next"]),
        (State.IMPLEMENTING, ["done", "done", "done", "now", "next", "next"]),
        (State.VALIDATING, ["done", "done", "done", "done", "now", "next"]),
        (State.CLOSED, ["done"] * 6),
        (State.CANCELLED, ["done", "never", "never", "never", "never", "now"]),
    ],
)
def test_track_stands_where_the_change_does(state: State, standing: list[str]) -> None:
    assert [step.state for step in track(change_at(state), votes="")] == standing


def test_track_tells_when_and_who() -> None:
    steps = track(change_at(State.CLOSED), votes="1 of 1 vote")

    assert [(step.at, step.by, step.note) for step in steps] == [
        (at(0), "engineer", "version 1"),
        (at(10), "", "1 of 1 vote"),
        (at(10), "", ""),
        (at(60), "engineer", ""),
        (at(90), "", ""),
        (at(120), "engineer", "successful"),
    ]


def test_cancelled_change_keeps_how_far_it_came() -> None:
    change = change_at(State.SCHEDULED)
    living.say("cancel", change, minutes=30, reason="Not needed.")

    steps = track(fresh(change), votes="")

    assert [step.state for step in steps] == ["done", "done", "done", "never", "never", "now"]
    assert (steps[-1].label, steps[-1].tone) == ("Cancelled", "off")


def test_what_was_agreed_with_its_cause_says_so() -> None:
    change = fresh(change_at(State.SCHEDULED))

    steps = track(change, votes="", takes_back="CHG-2")

    assert steps[1].note == "agreed with CHG-2"


def test_rollback_and_broken_glass_are_marked() -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, minutes=60, reason="Nobody answers.")
    living.say("roll_back", change, minutes=70, note="It did not help.")

    steps = track(fresh(change), votes="0 of 1 vote")

    assert (steps[1].note, steps[1].tone) == ("glass broken, votes due", "stop")
    assert (steps[4].note, steps[4].tone, steps[4].at) == ("rolled back", "stop", at(70))

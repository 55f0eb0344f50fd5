"""The verbs as buttons, and each objection said once."""

import pytest

from changes.states import Kind, State
from changes.web.buttons import Button, buttons, shared, vote_button, without
from ledger.decision import Reason
from tests import living
from tests.living import at, change_at, facts_of

pytestmark = pytest.mark.usefixtures("settled")
TEAM = Reason("not_permitted", "Only the team may do this.", "Ask the team.")
FROZEN = Reason("freeze_active", "It is frozen.", "Wait.")


def _button(name: str, *reasons: Reason) -> Button:
    return Button(name, name.capitalize(), not reasons, reasons, (), f"/{name}")


def test_neighbours_refused_for_the_same_reasons_stand_together() -> None:
    near = [_button("start", TEAM), _button("edit", TEAM), _button("hold"), _button("cancel", TEAM)]

    joined = without(near, ())

    assert [(one.name, [twin.name for twin in one.twins]) for one in joined] == [
        ("start", ["edit"]),
        ("hold", []),
        ("cancel", []),
    ]


def test_what_refuses_every_button_is_known_once() -> None:
    assert shared([_button("start", FROZEN, TEAM), _button("edit", TEAM)]) == (TEAM,)
    assert shared([_button("start", TEAM), _button("hold")]) == ()
    assert shared([_button("start", TEAM)]) == ()


def test_objection_shown_above_is_not_repeated() -> None:
    (only,) = without([_button("start", FROZEN, TEAM)], [FROZEN])

    assert (only.reasons, only.above, only.allowed) == ((TEAM,), 1, False)


@pytest.mark.parametrize(
    ("state", "primary"),
    [
        (State.PLANNING, ["submit"]),
        (State.AWAITING_APPROVAL, []),
        (State.SCHEDULED, ["start"]),
        (State.IMPLEMENTING, ["finish"]),
        (State.VALIDATING, ["close"]),
        (State.CLOSED, []),
    ],
)
def test_next_verb_is_primary(state: State, primary: list[str]) -> None:
    facts = facts_of(change_at(state), minutes=70)

    near, _ = buttons(facts, now=at(70), opened={})

    assert [button.name for button in near if button.primary] == primary


def test_refused_verb_is_not_primary() -> None:
    change = change_at(State.SCHEDULED)
    living.say("hold", change, minutes=20, reason="Wait.")

    near, far = buttons(facts_of(change, minutes=70), now=at(70), opened={})

    assert not any(button.primary for button in near)
    assert "hold" in [button.name for button in far]
    assert "resume" in [button.name for button in near if button.allowed]


def test_glass_is_out_of_reach_for_what_is_no_emergency() -> None:
    normal = facts_of(change_at(State.AWAITING_APPROVAL))
    emergency = facts_of(change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY))

    reach = [
        "break_glass" in [button.name for button in buttons(facts, now=at(10), opened={})[0]]
        for facts in (normal, emergency)
    ]

    assert reach == [False, True]


@pytest.mark.parametrize(
    ("state", "kind", "asked"),
    [
        (State.PLANNING, Kind.NORMAL, False),
        (State.AWAITING_APPROVAL, Kind.NORMAL, True),
        (State.SCHEDULED, Kind.NORMAL, False),
        (State.IMPLEMENTING, Kind.NORMAL, False),
        (State.CLOSED, Kind.NORMAL, False),
    ],
)
def test_vote_stands_there_while_it_is_wanted(state: State, kind: Kind, asked: bool) -> None:
    facts = facts_of(change_at(state, kind=kind), by="peer")

    assert (vote_button(facts, now=at(10), primary=True) is not None) == asked

"""The one table of moves: every state is reached, every verb leads somewhere, all is drawn."""

import pytest

from changes.lifecycle.moving import PAST
from changes.models.choices import KindWord, OutcomeWord, StateWord
from changes.policies import RULES
from changes.states import (
    FINAL,
    INITIAL,
    MOVES,
    NOT_STARTED,
    STAYS,
    UNSUCCESSFUL,
    Kind,
    Outcome,
    State,
    edges,
    mermaid,
    sources,
)

EDGES = [
    ("awaiting_approval", "cancelled"),
    ("awaiting_approval", "implementing"),
    ("awaiting_approval", "planning"),
    ("awaiting_approval", "scheduled"),
    ("implementing", "validating"),
    ("planning", "awaiting_approval"),
    ("planning", "cancelled"),
    ("planning", "validating"),
    ("scheduled", "cancelled"),
    ("scheduled", "implementing"),
    ("scheduled", "planning"),
    ("validating", "cancelled"),
    ("validating", "closed"),
    ("validating", "implementing"),
]
FOUND_OUT = ("planning", "validating")


def test_the_graph_is_the_one_of_the_design() -> None:
    assert edges() == EDGES


def test_every_state_is_reached_from_planning() -> None:
    reached = {INITIAL}
    for _ in State:
        reached |= {target for source, target in edges() if source in reached}

    assert reached == set(State)


def test_every_state_that_is_not_final_leads_to_a_final_one() -> None:
    ending = set(FINAL)
    for _ in State:
        ending |= {source for source, target in edges() if target in ending}

    assert ending == set(State)


def test_no_verb_leaves_a_final_state() -> None:
    leaving = {verb for verb in (*MOVES, *STAYS) if set(sources(verb)) & FINAL}

    assert leaving == set()


def test_a_verb_either_moves_or_stays() -> None:
    assert set(MOVES) & set(STAYS) == set()


def test_every_verb_has_its_rules() -> None:
    assert set(RULES) == {*MOVES, *STAYS, "explain"}


def test_every_move_has_its_past_tense() -> None:
    assert set(MOVES) - set(PAST) == set()


def test_what_has_not_started_comes_before_implementing() -> None:
    worked = {source for source, target in EDGES if target == "validating"}
    before = {state for state in State if state not in FINAL and state not in worked} | {
        State(source) for source, target in EDGES if (source, target) == FOUND_OUT
    }

    assert before - {State.VALIDATING} == set(NOT_STARTED)


def test_an_unknown_verb_is_an_error_not_an_answer() -> None:
    with pytest.raises(KeyError):
        sources("explode")


@pytest.mark.parametrize(
    ("pure", "word"), [(State, StateWord), (Kind, KindWord), (Outcome, OutcomeWord)]
)
def test_the_words_people_read_cover_exactly_the_values_of_the_table(
    pure: type, word: type
) -> None:
    assert [str(one) for one in pure] == [str(one) for one in word]


def test_unsuccessful_outcomes_are_the_two_that_took_something_back() -> None:
    assert {"rolled_back", "failed"} == UNSUCCESSFUL


def test_the_drawing_shows_every_way_once() -> None:
    drawn = mermaid().splitlines()
    ways = [
        f"    {source} --> {move.target}: {verb}"
        for verb, move in MOVES.items()
        for source in move.sources
    ]

    assert drawn == [
        "stateDiagram-v2",
        "    [*] --> planning",
        *ways,
        "    cancelled --> [*]",
        "    closed --> [*]",
    ]

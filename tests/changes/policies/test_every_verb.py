"""Every state × verb × kind: allowed, or refused with exactly these codes.

Facts are as they should be in each state, so what refuses is the state, or that votes are not in.
A new state, verb or kind breaks these tests until it is placed here.
"""

import pytest

from changes.policies import RULES, may
from changes.policies.facts import ActorFacts
from changes.states import Kind, State
from tests.changes.policies.given import AUTHOR, NOW, VOTER, facts

CODES = {
    ".": (),
    "W": ("wrong_state",),
    "M": ("approvals_missing",),
    "WM": ("wrong_state", "approvals_missing"),
    "I": ("incident_required",),
    "WI": ("wrong_state", "incident_required"),
    "WV": ("wrong_state", "not_permitted"),
    "N": ("not_permitted",),
    "NW": ("not_permitted", "wrong_state"),
    "S": ("no_canary_steps",),
    "WW": ("wrong_state", "wrong_state"),
}
STATES = (
    State.PLANNING,
    State.AWAITING_APPROVAL,
    State.SCHEDULED,
    State.IMPLEMENTING,
    State.VALIDATING,
    State.CLOSED,
    State.CANCELLED,
)
VOTERS: dict[str, ActorFacts] = {"vote": VOTER, "reject": VOTER}

# verb → for standard, normal, emergency: planning, awaiting_approval, scheduled, implementing,
# validating, closed, cancelled
TABLE = {
    "submit": (
        ".  W  W  W  W  W  W",
        ".  W  W  W  W  W  W",
        ".  W  W  W  W  W  W",
    ),
    "approve": (
        "W  .  W  W  W  W  W",
        "W  M  W  W  W  W  W",
        "W  M  W  W  W  W  W",
    ),
    "reject": (
        "WV N  WV WV WV WV WV",
        "W  .  W  W  W  W  W",
        "W  .  W  W  W  W  W",
    ),
    "vote": (
        "WV N  WV NW NW WV WV",
        "W  .  W  W  W  W  W",
        "W  .  W  W  W  W  W",
    ),
    "revise": (
        "W  .  .  W  W  W  W",
        "W  .  .  W  W  W  W",
        "W  .  .  W  W  W  W",
    ),
    "edit": (
        ".  .  .  .  .  W  W",
        ".  .  .  .  .  W  W",
        ".  .  .  .  .  W  W",
    ),
    "start": (
        "W  W  .  W  W  W  W",
        "W  WM .  W  W  W  W",
        "W  WM .  W  W  W  W",
    ),
    "deploy": (
        "W  W  .  .  W  W  W",
        "W  M  .  .  W  W  W",
        "W  M  .  .  W  W  W",
    ),
    "retry": (
        "W  W  W  W  W  W  W",
        "W  WM W  W  W  W  W",
        "W  WM W  W  W  W  W",
    ),
    "step": (
        "W  W  W  S  W  W  W",
        "W  W  W  S  W  W  W",
        "W  W  W  S  W  W  W",
    ),
    "break_glass": (
        "WI I  WI WI WI WI WI",
        "WI I  WI WI WI WI WI",
        "W  .  W  W  W  W  W",
    ),
    "finish": (
        "W  W  W  .  W  W  W",
        "W  W  W  .  W  W  W",
        "W  W  W  .  W  W  W",
    ),
    "roll_back": (
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
    ),
    "check": (
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
    ),
    "review": (
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
        "W  W  W  .  .  W  W",
    ),
    "detect": (
        "N  WV WV WV WV WV WV",
        "N  WV WV WV WV WV WV",
        "N  WV WV WV WV WV WV",
    ),
    "clear": (
        "WV WV WV WV N  WV WV",
        "WV WV WV WV N  WV WV",
        "WV WV WV WV N  WV WV",
    ),
    "close": (
        "W  W  W  W  .  W  W",
        "W  W  W  W  .  W  W",
        "W  W  W  W  .  W  W",
    ),
    "cancel": (
        ".  .  .  W  W  W  W",
        ".  .  .  W  W  W  W",
        ".  .  .  W  W  W  W",
    ),
    "hold": (
        ".  .  .  W  W  W  W",
        ".  .  .  W  W  W  W",
        ".  .  .  W  W  W  W",
    ),
    "resume": (
        "W  W  W  WW WW WW WW",
        "W  W  W  WW WW WW WW",
        "W  W  W  WW WW WW WW",
    ),
    "explain": (
        ".  .  .  .  .  .  .",
        ".  .  .  .  .  .  .",
        ".  .  .  .  .  .  .",
    ),
}
KINDS = (Kind.STANDARD, Kind.NORMAL, Kind.EMERGENCY)
CELLS = [
    (verb, kind, state, CODES[cell])
    for verb, rows in TABLE.items()
    for kind, row in zip(KINDS, rows, strict=True)
    for state, cell in zip(STATES, row.split(), strict=True)
]


def test_every_verb_state_and_kind_is_placed() -> None:
    placed = {(verb, kind, state) for verb, kind, state, _ in CELLS}

    assert placed == {(verb, kind, state) for verb in RULES for kind in Kind for state in State}


@pytest.mark.parametrize(("verb", "kind", "state", "codes"), CELLS)
def test_verb_is_allowed_or_refused_with_exactly_these_codes(
    verb: str, kind: Kind, state: State, codes: tuple[str, ...]
) -> None:
    asked = facts(state, kind, actor=VOTERS.get(verb, AUTHOR))

    decision = may(verb, asked, now=NOW)

    assert decision.codes == codes


@pytest.mark.parametrize(("verb", "kind", "state", "codes"), CELLS)
def test_every_refusal_names_the_change_and_says_what_to_do(
    verb: str, kind: Kind, state: State, codes: tuple[str, ...]
) -> None:
    asked = facts(state, kind, actor=VOTERS.get(verb, AUTHOR))

    reasons = may(verb, asked, now=NOW).reasons

    assert [
        reason
        for reason in reasons
        if not (reason.message.endswith(".") and reason.remedy.endswith(".") and reason.source)
    ] == []

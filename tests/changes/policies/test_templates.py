"""Who may say what of a template: every verb × state × person, and each refusal in words."""

import pytest

from changes.policies.templates import VERBS, Asker, Case, may
from changes.states import TEMPLATE_EDITS, TEMPLATE_MOVES, TemplateState

PEOPLE = {
    "engineer": Asker("engineer"),
    "cab-1": Asker("cab-1", approves=True),
    "manager": Asker("manager", is_manager=True, approves=True),
    "auditor": Asker("auditor", is_auditor=True),
    "stranger": Asker("stranger"),
    "ci": Asker("ci", is_robot=True, approves=True),
    "gone": Asker("gone", is_active=False, approves=True),
}
WHO = {
    "propose": {"engineer", "cab-1", "manager", "stranger", "ci"},
    "withdraw": {"engineer", "manager"},
    "send_back": {"cab-1", "manager"},
    "approve": {"cab-1", "manager"},
    "publish": {"manager"},
    "suspend": {"manager"},
    "reinstate": {"cab-1", "manager"},
    "retire": {"manager"},
}


def case(state: TemplateState = TemplateState.PROPOSED, **given: object) -> Case:
    known: dict[str, object] = {
        "has_proposal": state is TemplateState.PROPOSED,
        "proposed_by": "engineer",
        "words_by": "engineer",
        "approvers": ("cab-1", "manager"),
        "approved_by": "change managers or the CAB",
    }
    return Case("restart", state, **(known | given))  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", TemplateState)
def test_each_verb_is_said_from_its_states_alone(verb: str, state: TemplateState) -> None:
    edits = state in TEMPLATE_EDITS.get(verb, ())
    there = case(state, has_proposal=verb != "propose" and (edits or state == "proposed"))

    said = may(verb, there, PEOPLE["manager"])

    allowed = edits or state in TEMPLATE_MOVES[verb][0]
    assert said.codes == (() if allowed else ("wrong_state",))
    assert all(reason.remedy for reason in said.reasons)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_said_by_its_people_alone(verb: str) -> None:
    state = TEMPLATE_MOVES[verb][0][0]

    allowed = {name for name, asker in PEOPLE.items() if may(verb, case(state), asker).allowed}

    assert allowed == WHO[verb]


@pytest.mark.parametrize(
    ("verb", "state"),
    [("approve", TemplateState.PROPOSED), ("reinstate", TemplateState.SUSPENDED)],
)
def test_nobody_approves_or_reinstates_their_own_words(verb: str, state: TemplateState) -> None:
    own = case(state, proposed_by="cab-1", words_by="cab-1")

    (reason,) = may(verb, own, PEOPLE["cab-1"]).reasons

    assert reason.code == "self_approval"
    assert reason.message.startswith("cab-1 proposed ")
    assert reason.remedy == "Ask manager."
    assert may(verb, own, PEOPLE["manager"]).allowed


def test_the_only_approver_cannot_propose_and_is_told_who_else_could() -> None:
    lonely = case(
        TemplateState.DRAFT,
        approvers=("manager",),
        approved_by="change managers",
        others=("cab-1", "cab-2"),
    )

    (reason,) = may("propose", lonely, PEOPLE["manager"]).reasons

    assert reason.code == "unsatisfiable"
    assert reason.message == (
        "manager is the only one of change managers, who approve templates, and nobody approves "
        "what they proposed."
    )
    assert reason.remedy == (
        "Let somebody else propose it, so that manager approves it. Make another person one of "
        "change managers, or let cab-1 and cab-2 approve too (rule of the standard catalogue)."
    )
    assert may("propose", lonely, PEOPLE["engineer"]).allowed


def test_nobody_proposes_where_nobody_could_approve() -> None:
    nobody = case(TemplateState.DRAFT, approvers=(), approved_by="the CAB")

    (reason,) = may("propose", nobody, PEOPLE["engineer"]).reasons

    assert (reason.code, reason.remedy) == (
        "unsatisfiable",
        "Make another person one of the CAB.",
    )


def test_one_proposal_at_a_time() -> None:
    busy = case(TemplateState.PUBLISHED, has_proposal=True)

    (reason,) = may("propose", busy, PEOPLE["stranger"]).reasons

    assert (reason.code, reason.message) == (
        "wrong_state",
        "engineer has proposed another version of restart already.",
    )

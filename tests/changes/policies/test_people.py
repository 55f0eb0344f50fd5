"""Who may say which verb, and who may not judge their own work."""

from dataclasses import replace

import pytest

from changes.policies import RULES, may
from changes.policies.facts import ActorFacts
from changes.policies.verbs import QUESTIONS
from changes.states import Kind, State
from tests.changes.policies.given import AUTHOR, DIGEST, INCIDENT, NOW, VOTER, cast, facts

PEOPLE = {
    "author": ActorFacts("author", is_author=True),
    "member": ActorFacts("member", in_team=True, authorities=frozenset({"peer"})),
    "implementer": ActorFacts("implementer", is_implementer=True),
    "manager": ActorFacts("manager", is_change_manager=True),
    "commander": ActorFacts("oncall"),
    "ecab": ActorFacts("ecab", authorities=frozenset({"ecab"})),
    "robot": ActorFacts("ci", is_robot=True),
    "robot of the team": ActorFacts("bot", is_robot=True, in_team=True),
    "stranger": ActorFacts("stranger"),
}
# Each verb in a state where it may be said: who may, of the people above.
MAY = {
    ("submit", State.PLANNING): {"author", "member"},
    ("revise", State.SCHEDULED): {"author", "member"},
    ("edit", State.PLANNING): {"author", "member"},
    ("start", State.SCHEDULED): {"author", "member", "implementer", "robot", "robot of the team"},
    ("finish", State.IMPLEMENTING): {
        "author",
        "member",
        "implementer",
        "robot",
        "robot of the team",
    },
    ("roll_back", State.IMPLEMENTING): {
        "author",
        "member",
        "implementer",
        "robot",
        "robot of the team",
    },
    ("check", State.VALIDATING): {
        "author",
        "member",
        "implementer",
        "robot",
        "robot of the team",
    },
    ("review", State.VALIDATING): {"author", "member", "manager"},
    ("close", State.VALIDATING): {"member"},
    ("cancel", State.SCHEDULED): {"author", "member", "manager"},
    ("hold", State.SCHEDULED): {"author", "member", "manager"},
    ("break_glass", State.AWAITING_APPROVAL): {"author", "member", "commander", "ecab"},
    ("reject", State.AWAITING_APPROVAL): {"ecab"},
    ("vote", State.AWAITING_APPROVAL): {"ecab"},
}
WHO = {"not_permitted", "self_approval"}


@pytest.mark.parametrize(("verb", "state"), MAY)
def test_verb_is_for_exactly_these_people(verb: str, state: State) -> None:
    allowed = {
        name
        for name, actor in PEOPLE.items()
        if not WHO & set(may(verb, facts(state, Kind.EMERGENCY, actor=actor), now=NOW).codes)
    }

    assert allowed == MAY[verb, state]


def test_resume_is_for_those_who_may_hold() -> None:
    allowed = {
        name
        for name, actor in PEOPLE.items()
        if "not_permitted" not in may("resume", facts(State.SCHEDULED, actor=actor), now=NOW).codes
    }

    assert allowed == MAY["hold", State.SCHEDULED]


@pytest.mark.parametrize("verb", sorted(set(RULES) - QUESTIONS))
def test_an_auditor_changes_nothing_even_as_author_and_member(verb: str) -> None:
    actor = replace(AUTHOR, is_auditor=True, authorities=frozenset({"peer", "ecab"}))

    decision = may(verb, facts(State.SCHEDULED, actor=actor), now=NOW)

    assert "Auditors read everything and change nothing." in [
        reason.message for reason in decision.reasons
    ]


@pytest.mark.parametrize("verb", sorted(QUESTIONS))
def test_an_auditor_may_ask_what_the_gate_would_say(verb: str) -> None:
    actor = ActorFacts("auditor", is_auditor=True)

    decision = may(verb, facts(State.SCHEDULED, actor=actor), now=NOW)

    assert decision.codes == ()


@pytest.mark.parametrize("verb", sorted(set(RULES) - QUESTIONS - {"approve"}))
def test_a_deactivated_account_does_nothing(verb: str) -> None:
    actor = replace(AUTHOR, is_active=False, is_author=verb not in ("vote", "reject"))

    decision = may(verb, facts(State.SCHEDULED, Kind.EMERGENCY, actor=actor), now=NOW)

    assert "engineer is no longer active." in [reason.message for reason in decision.reasons]


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"is_author": True}, "wrote"),
        ({"is_last_editor": True}, "last revised"),
        ({"is_implementer": True}, "implements"),
        (
            {"is_author": True, "is_last_editor": True, "is_implementer": True},
            "wrote, last revised and implements",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["vote", "reject"])
def test_nobody_votes_on_what_they_wrote_revised_last_or_implement(
    verb: str, roles: dict[str, bool], words: str
) -> None:
    asked = facts(State.AWAITING_APPROVAL, actor=replace(VOTER, **roles))

    decision = may(verb, asked, now=NOW)

    assert [(reason.code, reason.message) for reason in decision.reasons] == [
        ("self_approval", f"peer {words} this change and cannot vote on it.")
    ]


def test_robots_never_vote_whatever_groups_they_are_in() -> None:
    robot = ActorFacts("ci", is_robot=True, in_team=True, authorities=frozenset({"peer", "cab"}))

    decision = may("vote", facts(State.AWAITING_APPROVAL, actor=robot), now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("not_permitted", "Robots never vote.")
    ]


def test_only_holders_of_an_authority_that_is_asked_for_vote() -> None:
    outsider = ActorFacts("manager", authorities=frozenset({"change_manager"}))

    decision = may("vote", facts(State.AWAITING_APPROVAL, actor=outsider), now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("not_permitted", "manager holds none of the authorities this change needs.")
    ]


@pytest.mark.parametrize("word", ["approve", "abstain"])
def test_one_person_votes_once_a_round(word: str) -> None:
    actor = replace(VOTER, voted=word)

    decision = may("vote", facts(State.AWAITING_APPROVAL, actor=actor), now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("already_voted", f"peer has voted “{word}” on this plan.")
    ]


def test_whoever_approved_a_change_does_not_start_it() -> None:
    actor = replace(AUTHOR, is_author=False, is_implementer=False, voted="approve")

    decision = may("start", facts(State.SCHEDULED, actor=actor), now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("self_approval", "engineer approved this change, so somebody else must implement it.")
    ]


@pytest.mark.parametrize("state", [State.IMPLEMENTING, State.VALIDATING])
def test_votes_on_a_running_change_are_wanted_only_after_glass_was_broken(state: State) -> None:
    votes = {"votes": (), "actor": VOTER}
    orderly = facts(state, Kind.EMERGENCY, **votes)
    broken = replace(orderly, broke_glass_at=NOW)
    settled = replace(broken, retroactively_approved=True)

    codes = [may("vote", one, now=NOW).codes for one in (orderly, broken, settled)]

    assert codes == [("wrong_state",), (), ("wrong_state",)]


def test_a_refusal_names_who_asked_and_whom_to_ask() -> None:
    decision = may("close", facts(State.VALIDATING, actor=PEOPLE["stranger"]), now=NOW)

    assert [(r.message, r.remedy) for r in decision.reasons] == [
        (
            "Only a member of the owner team may do this; stranger is not.",
            "Ask a member of the owner team of refunds.",
        )
    ]


def test_somebody_who_is_not_signed_in_is_called_so() -> None:
    decision = may("edit", facts(State.PLANNING, actor=ActorFacts("")), now=NOW)

    assert decision.reasons[0].message == (
        "Only the author or a member of the owner team may do this; nobody signed in is not."
    )


def test_the_commander_of_another_incident_may_not_break_glass() -> None:
    actor = ActorFacts("commander")
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, actor=actor, incident=replace(INCIDENT))

    assert may("break_glass", asked, now=NOW).codes == ("not_permitted",)


def test_a_vote_of_somebody_who_became_involved_does_not_count() -> None:
    votes = (cast("peer", "peer", plan_digest=DIGEST),)
    asked = facts(State.SCHEDULED, votes=votes, excluded_voters=frozenset({"peer"}))

    assert may("start", asked, now=NOW).codes == ("approvals_missing",)

"""Whom a change asks, who has answered, and who could."""

from typing import Any

import pytest

from changes.models import Vote
from changes.queries.evidence import could_fill
from changes.shown.requirements import Requirement, counted, requirements
from changes.states import State
from tests import living
from tests.living import change_at, facts_of, fresh

pytestmark = pytest.mark.usefixtures("settled")


def _shown(change: Any) -> list[Requirement]:
    change, facts = fresh(change), facts_of(change)
    votes = list(Vote.objects.filter(change=change).select_related("voter").order_by("id"))
    candidates = could_fill(facts, change=change, now=living.at(10))
    return requirements(facts, votes, turn=change.approval_round, could=candidates)


def test_votes_stand_where_they_fill_a_place() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    living.vote(change, by="owner", minutes=10, comment="Rehearsed.")
    living.vote(change, by="peer", minutes=11)
    living.vote(change, by="cab-1", minutes=12)

    shown = _shown(change)

    assert [
        (one.authority_label, one.open, [vote.voter for vote in one.votes], one.candidates)
        for one in shown
    ] == [
        ("CAB", 1, ["cab-1"], ["cab-2"]),
        ("Peer of the owner team", 0, ["peer"], ["peer-2"]),
        ("Service owner", 0, ["owner"], []),
    ]
    assert counted(shown) == "3 of 4 votes"


def test_abstention_is_shown_and_fills_nothing() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    living.vote(change, by="peer", decision="abstain", comment="I am new here.")

    (only,) = _shown(change)

    assert only.open == 1
    assert [(vote.label, vote.comment) for vote in only.votes] == [("Abstained", "I am new here.")]


def test_votes_of_a_revised_change_have_lapsed() -> None:
    change = change_at(State.SCHEDULED)
    living.say("edit", change, minutes=20, fields={"rollback_plan": "Restore."})

    (only,) = _shown(change)

    assert only.open == 1
    assert [vote.lapsed for vote in only.votes] == ["lapsed: cast on an earlier plan"]


def test_votes_of_a_change_taken_back_are_asked_for_again() -> None:
    change = change_at(State.SCHEDULED)
    living.say("revise", change, minutes=20)

    (only,) = _shown(change)

    assert only.open == 1
    assert [vote.lapsed for vote in only.votes] == ["lapsed: it will be asked for again"]


def test_nobody_asked_is_nothing_counted() -> None:
    assert counted([]) == ""

"""Votes: who may cast them, what is kept of them, and what they settle."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Membership, User
from changes import approvals
from changes.models import Change, Vote
from changes.policies import filling
from changes.queries import row_digest
from changes.queries.rows import vote_digest
from changes.states import Kind, State
from incidents import lifecycle as incidents
from ledger.decision import Refused
from tests.living import (
    at,
    change_at,
    events_of,
    facts_of,
    file,
    fresh,
    person,
    say,
    verbs_of,
    vote,
    written,
)


def waiting(risk: str = "medium", **given: object) -> Change:
    return change_at(State.AWAITING_APPROVAL, risk=risk, **given)


def refused(change: Change, by: str, **given: str) -> list[tuple[str, str]]:
    """Code and message of the refusal of a vote; nothing is written."""
    before, row = written(), row_digest(fresh(change))
    with pytest.raises(Refused) as refusal:
        vote(change, by=by, **given)
    assert (written(), row_digest(fresh(change))) == (before, row)
    return [(reason.code, reason.message) for reason in refusal.value.decision.reasons]


def test_a_vote_is_kept_with_the_plan_and_the_authorities_it_was_cast_with(settled: None) -> None:
    change = waiting()

    cast = vote(change, by="owner", comment="Well tested.")

    assert (cast.voter, cast.round, cast.decision, cast.cast_at) == (
        person("owner"),
        1,
        "approve",
        at(10),
    )
    assert cast.authorities == ["peer", "service_owner"]
    assert cast.plan_digest == fresh(change).plan_digest
    event = events_of(change.ref)[-1]
    assert (event.verb, event.actor, event.at) == ("vote.cast", "owner", at(10))
    assert event.data == {
        "title": "Retry refunds",
        "state": "awaiting_approval",
        "decision": "approve",
        "comment": "Well tested.",
        "round": 1,
        "authorities": ["peer", "service_owner"],
        "plan_digest": cast.plan_digest,
        "rows": {f"{change.ref} vote {cast.pk}": vote_digest(Vote.objects.get(pk=cast.pk))},
        "row_digest": row_digest(fresh(change)),
    }


def test_the_last_vote_schedules_the_change(settled: None) -> None:
    change = waiting("high")

    states = []
    for voter in ("cab-1", "owner", "cab-2", "peer"):
        vote(change, by=voter)
        states.append(fresh(change).state)

    assert states == ["awaiting_approval"] * 3 + ["scheduled"]
    assert fresh(change).approved_at == at(10)
    assert verbs_of(change.ref)[-5:] == ["vote.cast"] * 4 + ["change.approved"]
    assert events_of(change.ref)[-1].actor == "peer"


def test_one_person_fills_one_requirement_though_they_could_fill_two(settled: None) -> None:
    change = waiting("medium")

    vote(change, by="owner")
    half = fresh(change).state
    vote(change, by="peer")

    assert (half, fresh(change).state) == ("awaiting_approval", "scheduled")


def test_the_lead_makes_room_for_the_member_whoever_votes_first(settled: None) -> None:
    change = waiting("medium")
    vote(change, by="peer")
    vote(change, by="owner")

    filled = filling.approvals(facts_of(change))

    assert (fresh(change).state, filled) == ("scheduled", [["peer"], ["owner"]])


def test_two_leads_do_not_stand_in_for_the_cab(settled: None) -> None:
    change = waiting("high")
    for voter in ("peer", "peer-2", "owner", "cab-1"):
        vote(change, by=voter)

    assert fresh(change).state == "awaiting_approval"


def test_a_rejection_sends_the_change_back_with_its_comment(settled: None) -> None:
    change = waiting("high")
    vote(change, by="peer")

    vote(change, by="cab-1", decision="reject", comment="Not before the holidays.")

    after = fresh(change)
    assert (after.state, after.submitted_at) == ("planning", None)
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "change.rejected"]
    event = events_of(change.ref)[-1]
    assert event.data == {
        "title": "Retry refunds",
        "state": "planning",
        "from": "awaiting_approval",
        "to": "planning",
        "comment": "Not before the holidays.",
        "row_digest": row_digest(after),
    }


def test_after_a_rejection_everybody_votes_anew(settled: None) -> None:
    change = waiting("low")
    vote(change, by="peer", decision="reject", comment="Why?")
    say("submit", change, minutes=12)

    vote(change, by="peer", minutes=13)

    assert fresh(change).state == "scheduled"
    assert [(cast.round, cast.decision) for cast in Vote.objects.order_by("id")] == [
        (1, "reject"),
        (2, "approve"),
    ]


def test_an_abstention_is_kept_and_settles_nothing(settled: None) -> None:
    change = waiting("low")

    vote(change, by="peer", decision="abstain")

    assert fresh(change).state == "awaiting_approval"
    assert refused(change, "peer") == [("already_voted", "peer has voted “abstain” on this plan.")]


@pytest.mark.parametrize(
    ("decision", "comment", "field"),
    [("maybe", "", "decision"), ("reject", " ", "comment"), ("", "", "decision")],
)
def test_a_vote_that_cannot_be_is_a_wrong_field(
    decision: str, comment: str, field: str, settled: None
) -> None:
    change = waiting()
    before = written()

    with pytest.raises(ValidationError) as refusal:
        vote(change, by="peer", decision=decision, comment=comment)

    assert list(refusal.value.message_dict) == [field]
    assert written() == before


@pytest.mark.parametrize("decision", ["approve", "abstain", "reject"])
def test_an_author_has_no_vote(decision: str, settled: None) -> None:
    message = "engineer wrote, last revised and implements this change and cannot vote on it."

    assert refused(waiting(), "engineer", decision=decision, comment="Mine.") == [
        ("self_approval", message)
    ]


def test_the_implementer_has_no_vote(settled: None) -> None:
    change = waiting(implementer=person("peer"))

    assert refused(change, "peer") == [
        ("self_approval", "peer implements this change and cannot vote on it.")
    ]


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("stranger", "stranger holds none of the authorities this change needs."),
        ("cab-1", "cab-1 holds none of the authorities this change needs."),
        ("manager", "manager holds none of the authorities this change needs."),
        ("ci", "Robots never vote."),
    ],
)
def test_people_the_rules_do_not_ask_have_no_vote(who: str, message: str, settled: None) -> None:
    assert refused(waiting("low"), who) == [("not_permitted", message)]


def test_an_auditor_of_the_team_has_no_vote(settled: None) -> None:
    change = waiting("low")
    auditor = person("auditor")
    Membership.objects.create(team=change.team, user=auditor, role="lead")

    assert refused(change, "auditor") == [
        ("not_permitted", "Auditors read everything and change nothing.")
    ]


def test_a_robot_of_the_team_has_no_vote(settled: None) -> None:
    change = waiting("low")
    Membership.objects.create(team=change.team, user=person("ci"), role="lead")

    assert refused(change, "ci") == [("not_permitted", "Robots never vote.")]


def test_a_deactivated_peer_has_no_vote(settled: None) -> None:
    change = waiting("low")
    User.objects.filter(username="peer").update(is_active=False)

    assert refused(change, "peer") == [("not_permitted", "peer is no longer active.")]


def test_a_vote_counts_though_its_voter_leaves_the_team_later(settled: None) -> None:
    change = waiting("medium")
    vote(change, by="peer")
    Membership.objects.filter(user__username="peer").delete()

    vote(change, by="owner")

    assert fresh(change).state == "scheduled"


@pytest.mark.parametrize("who", ["oncall", "cab-1", "stranger"])
def test_the_emergency_cab_is_on_call_the_cab_and_the_commander(who: str, settled: None) -> None:
    change = waiting("low", kind=Kind.EMERGENCY)
    incidents.assign_commander(
        ref=change.incident.ref,
        commander=person("stranger"),
        actor=person("oncall"),
        now=at(6),
    )

    vote(change, by=who)

    assert fresh(change).state == "scheduled"


def test_a_vote_on_a_plan_the_voter_did_not_see_is_refused(settled: None) -> None:
    change = waiting("low")
    before = written()

    with pytest.raises(Refused) as refusal:
        approvals.vote(
            ref=change.ref,
            decision="approve",
            comment="",
            actor=person("peer"),
            now=at(10),
            seen="e" * 64,
        )
    approvals.vote(
        ref=change.ref,
        decision="approve",
        comment="",
        actor=person("peer"),
        now=at(11),
        seen=fresh(change).plan_digest,
    )

    assert [(r.code, r.source) for r in refusal.value.decision.reasons] == [
        ("edited_meanwhile", "plan digest")
    ]
    assert written() == {**before, "Vote": 1, "Event": before["Event"] + 2}


def test_votes_on_a_plan_changed_in_sql_are_stale(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    Change.objects.filter(pk=change.pk).update(plan_digest="e" * 64)

    with pytest.raises(Refused) as refusal:
        say("start", change, minutes=60)

    assert refusal.value.decision.codes == ("approvals_stale", "approvals_missing")


def test_a_change_in_planning_asks_for_no_vote(settled: None) -> None:
    assert [code for code, _ in refused(file(), "peer")] == ["wrong_state", "not_permitted"]

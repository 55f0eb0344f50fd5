"""Whom a plan needs, whether they could be found, and whether they have agreed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from changes.policies import may
from changes.policies.facts import Authority, IncidentFacts, Need, OverdueReview
from changes.states import Kind, State
from tests.changes.policies.given import (
    CAB,
    ECAB,
    INCIDENT,
    NOW,
    PEER,
    candidates,
    cast,
    facts,
)

OWNER = Need(Authority.SERVICE_OWNER, 1, "Service owner from medium risk")
DAY = timedelta(hours=24)


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_a_change_that_no_rule_matches_goes_nowhere(kind: Kind) -> None:
    decision = may("submit", facts(State.PLANNING, kind, needs=()), now=NOW)

    assert [(r.code, r.message, r.remedy) for r in decision.reasons] == [
        (
            "no_policy",
            "No approval rule matches this change.",
            "Ask a change manager to add an approval rule that covers it.",
        )
    ]


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_requirements_that_vanished_approve_nothing(kind: Kind) -> None:
    decision = may("approve", facts(State.AWAITING_APPROVAL, kind, needs=()), now=NOW)

    assert decision.codes == ("no_policy",)


def test_a_standard_change_was_agreed_beforehand() -> None:
    decision = may("submit", facts(State.PLANNING, Kind.STANDARD, needs=()), now=NOW)

    assert decision.codes == ()


def test_every_requirement_nobody_could_fill_is_named() -> None:
    found = candidates(service_owner=set(), cab={"cab-1"})
    asked = facts(State.PLANNING, needs=(CAB, OWNER, PEER), candidates=found)

    decision = may("submit", asked, now=NOW)

    assert [(r.code, r.message, r.source) for r in decision.reasons] == [
        (
            "unsatisfiable",
            "“CAB from high risk” needs 2 × the CAB, and 1 cannot be found: author, last editor "
            "and implementer do not count, and nobody counts twice.",
            "approval rule CAB from high risk",
        ),
        (
            "unsatisfiable",
            "“Service owner from medium risk” needs the service owner, and 1 cannot be found: "
            "author, last editor and implementer do not count, and nobody counts twice.",
            "approval rule Service owner from medium risk",
        ),
    ]


def test_one_person_in_two_groups_cannot_satisfy_both() -> None:
    both = candidates(peer={"owner"}, service_owner={"owner"})
    asked = facts(State.PLANNING, needs=(PEER, OWNER), candidates=both)

    assert may("submit", asked, now=NOW).codes == ("unsatisfiable",)


@pytest.mark.parametrize("verb", ["start", "approve", "deploy"])
def test_every_missing_approval_is_named_with_whom_to_ask(verb: str) -> None:
    state = State.AWAITING_APPROVAL
    asked = facts(state, needs=(CAB, OWNER, PEER), votes=(cast("cab-1", "cab"),))

    reasons = [r for r in may(verb, asked, now=NOW).reasons if r.code == "approvals_missing"]

    assert [(r.message, r.remedy) for r in reasons] == [
        ("The CAB must still approve (CAB from high risk).", "Ask the CAB to vote on CHG-1."),
        (
            "The service owner must still approve (Service owner from medium risk).",
            "Ask the service owner to vote on CHG-1.",
        ),
        (
            "A peer of the owner team must still approve (Peer review).",
            "Ask a peer of the owner team to vote on CHG-1.",
        ),
    ]


def test_several_missing_people_are_counted() -> None:
    asked = facts(State.AWAITING_APPROVAL, needs=(CAB,))

    decision = may("approve", asked, now=NOW)

    assert decision.reasons[0].message == "2 × the CAB must still approve (CAB from high risk)."


@pytest.mark.parametrize("decision", ["reject", "abstain"])
def test_only_approvals_fill_a_requirement(decision: str) -> None:
    votes = (cast("peer", "peer", decision=decision),)

    asked = facts(State.AWAITING_APPROVAL, votes=votes)

    assert may("approve", asked, now=NOW).codes == ("approvals_missing",)


@pytest.mark.parametrize("verb", ["start", "deploy"])
def test_votes_on_another_plan_count_no_more(verb: str) -> None:
    votes = (cast("peer", "peer", plan_digest="e" * 64), cast("owner", "service_owner"))
    asked = facts(State.SCHEDULED, needs=(PEER, OWNER), votes=votes)

    decision = may(verb, asked, now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("approvals_stale", "The plan changed after peer approved it."),
        ("approvals_missing", "A peer of the owner team must still approve (Peer review)."),
    ]


@pytest.mark.parametrize("state", [State.PLANNING, State.CLOSED, State.CANCELLED, State.VALIDATING])
def test_nobody_is_asked_to_vote_where_votes_do_not_count(state: State) -> None:
    asked = facts(state, votes=(cast("peer", "peer", plan_digest="e" * 64),))

    assert may("start", asked, now=NOW).codes == ("wrong_state",)


@pytest.mark.parametrize("severity", [1, 2])
def test_a_responder_breaks_glass_on_a_major_incident(severity: int) -> None:
    incident = replace(INCIDENT, severity=severity)
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, incident=incident)

    assert may("break_glass", asked, now=NOW).codes == ()


@pytest.mark.parametrize(
    "incident",
    [
        None,
        IncidentFacts("INC-7", 3, is_open=True, declared_at=NOW),
        IncidentFacts("INC-7", 4, is_open=True, declared_at=NOW),
        IncidentFacts("INC-7", 1, is_open=False, declared_at=NOW),
    ],
)
def test_glass_stays_whole_without_an_open_major_incident(incident: IncidentFacts | None) -> None:
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, incident=incident)

    decision = may("break_glass", asked, now=NOW)

    assert [(r.code, r.message) for r in decision.reasons] == [
        ("incident_required", "Breaking glass needs an open SEV-1 or SEV-2 incident.")
    ]


def test_breaking_glass_still_needs_a_way_back() -> None:
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, filled=frozenset({"description"}))

    assert may("break_glass", asked, now=NOW).codes == ("no_rollback_plan",)


def test_after_breaking_glass_the_gate_lets_through_and_closing_waits_for_votes() -> None:
    running = facts(State.IMPLEMENTING, Kind.EMERGENCY, votes=(), broke_glass_at=NOW)
    validating = facts(State.VALIDATING, Kind.EMERGENCY, votes=(), broke_glass_at=NOW)
    settled = replace(validating, retroactively_approved=True)

    assert may("deploy", running, now=NOW).codes == ()
    assert may("close", validating, now=NOW).codes == ("approvals_missing",)
    assert may("close", settled, now=NOW).codes == ()


@pytest.mark.parametrize("verb", ["start", "deploy", "explain"])
@pytest.mark.parametrize("kind", Kind)
def test_an_overdue_retroactive_vote_stops_the_services_other_changes(
    verb: str, kind: Kind
) -> None:
    overdue = (OverdueReview("CHG-9", NOW - timedelta(minutes=1)),)

    decision = may(verb, facts(State.SCHEDULED, kind, overdue_reviews=overdue), now=NOW)

    assert [(r.code, r.message, r.remedy, r.source) for r in decision.reasons] == [
        (
            "review_overdue",
            "CHG-9 started without approval on refunds and its retroactive votes were due "
            "Wed 18 Nov 10:59 CET.",
            "Ask the emergency CAB to vote on CHG-9.",
            "CHG-9",
        )
    ]


def test_the_change_that_owes_its_votes_is_not_stopped_by_them() -> None:
    overdue = (OverdueReview("CHG-1", NOW - DAY),)
    asked = facts(State.IMPLEMENTING, Kind.EMERGENCY, overdue_reviews=overdue, broke_glass_at=NOW)

    assert may("deploy", asked, now=NOW).codes == ()


def test_glass_is_not_broken_again_while_votes_are_overdue() -> None:
    overdue = (OverdueReview("CHG-9", NOW - DAY),)
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, overdue_reviews=overdue)

    assert may("break_glass", asked, now=NOW).codes == ("review_overdue",)


def test_an_emergency_needs_one_vote_of_the_emergency_cab() -> None:
    asked = facts(State.AWAITING_APPROVAL, Kind.EMERGENCY, votes=(cast("oncall", "ecab"),))

    assert asked.needs == (ECAB,)
    assert may("approve", asked, now=NOW).codes == ()

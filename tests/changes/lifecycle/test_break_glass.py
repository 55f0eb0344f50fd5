"""Breaking glass: a lone responder starts at once, and the votes are due all the same."""

from datetime import timedelta

import pytest
from django.db.models import F

from changes import gate
from changes.models import ApprovalRule, Change, GateAnswer
from changes.queries import row_digest
from changes.states import Kind, State
from incidents.models import Incident
from ledger.decision import Refused
from tests.changes.lifecycle.telling import KEPT, told
from tests.living import (
    at,
    change_at,
    events_of,
    facts_of,
    file,
    fresh,
    person,
    say,
    service,
    verbs_of,
    vote,
    written,
)

DAY = 24 * 60
"""Minutes in which retroactive votes are due."""


def break_glass(change: Change, *, by: str = "oncall", minutes: float = 12) -> Change:
    say("break_glass", change, by=by, minutes=minutes, reason="Refunds are lost.")
    return change


def broken(**given: object) -> Change:
    """An emergency change that broke glass at 12 minutes past nine."""
    return break_glass(change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY, **given))


def asked(*, minutes: float, revision: str = "other") -> tuple[str, list[str]]:
    """What the gate answers, and its codes."""
    question = gate.Question("refunds", "production", revision=revision)
    answer = gate.ask(question, actor=person("ci"), now=at(minutes))
    return answer.decision, [reason.code for reason in answer.reasons]


def test_breaking_glass_starts_the_change_and_says_why_for_ever(settled: None) -> None:
    change = broken()

    after = fresh(change)
    assert (after.state, after.started_at, after.started_by, after.approved_at) == (
        "implementing",
        at(12),
        person("oncall"),
        None,
    )
    assert (after.broke_glass_at, after.broke_glass_by) == (at(12), person("oncall"))
    assert told(change) == (
        "change.glass_broken",
        "oncall",
        at(12),
        {
            **KEPT,
            "state": "implementing",
            "from": "awaiting_approval",
            "to": "implementing",
            "reason": "Refunds are lost.",
        },
    )


@pytest.mark.parametrize("severity", [3, 4])
def test_a_minor_incident_is_no_reason(severity: int, settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    Incident.objects.update(severity=severity)
    before = written()

    with pytest.raises(Refused) as refused:
        break_glass(change)

    assert refused.value.decision.codes == ("incident_required",)
    assert written() == before


@pytest.mark.parametrize("who", ["stranger", "manager", "ci", "auditor"])
def test_only_who_answers_the_incident_breaks_glass(who: str, settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)

    with pytest.raises(Refused) as refused:
        break_glass(change, by=who)

    assert set(refused.value.decision.codes) == {"not_permitted"}


def test_whoever_broke_the_glass_does_not_mend_it(settled: None) -> None:
    change = broken()

    with pytest.raises(Refused) as refused:
        vote(change, by="oncall", minutes=20)

    assert [(r.code, r.message) for r in refused.value.decision.reasons] == [
        ("self_approval", "oncall implements this change and cannot vote on it.")
    ]


def test_an_approval_counts_no_more_once_its_voter_broke_the_glass(settled: None) -> None:
    ApprovalRule.objects.filter(authority="ecab").update(count=2)
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    vote(change, by="oncall")
    break_glass(change)

    vote(change, by="cab-1", minutes=20)
    half = fresh(change).retroactively_approved_at
    vote(change, by="cab-2", minutes=30)

    assert (half, fresh(change).retroactively_approved_at) == (None, at(30))


def test_a_retroactive_vote_stops_the_clock(settled: None) -> None:
    change = broken()
    edition = fresh(change).edition

    vote(change, by="cab-1", minutes=30)

    after = fresh(change)
    assert (after.state, after.retroactively_approved_at) == ("implementing", at(30))
    assert after.edition == edition + 1
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "change.retroactively_approved"]
    assert events_of(change.ref)[-1].data["row_digest"] == row_digest(after)


def test_once_the_votes_are_in_no_more_are_taken(settled: None) -> None:
    change = broken()
    vote(change, by="cab-1", minutes=30)

    with pytest.raises(Refused) as refused:
        vote(change, by="cab-2", minutes=31)

    assert refused.value.decision.codes == ("wrong_state",)
    assert fresh(change).retroactively_approved_at == at(30)


@pytest.mark.parametrize("decision", ["reject", "abstain"])
def test_another_word_leaves_the_vote_owed(decision: str, settled: None) -> None:
    change = broken()

    vote(change, by="cab-1", decision=decision, comment="Not like this.", minutes=30)

    after = fresh(change)
    assert (after.state, after.retroactively_approved_at) == ("implementing", None)
    vote(change, by="cab-2", minutes=31)
    assert fresh(change).retroactively_approved_at == at(31)


def test_it_closes_only_with_its_votes_and_its_review(settled: None) -> None:
    change = broken()
    say("finish", change, minutes=40)
    end = {"minutes": 60, "outcome": "successful", "note": "Refunds work."}

    with pytest.raises(Refused) as refused:
        say("close", change, **end)
    vote(change, by="cab-1", minutes=50)
    say("review", change, minutes=55, text="A queue ran full.")
    say("close", change, **end)

    assert refused.value.decision.codes == ("review_required", "approvals_missing")
    assert fresh(change).state == "closed"


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        (12 + DAY, ["no_change"]),
        (12 + DAY + 0.001, ["no_change", "review_overdue"]),
    ],
)
def test_after_24_hours_the_gate_denies_the_services_other_changes(
    minutes: float, codes: list[str], settled: None
) -> None:
    broken()
    Incident.objects.update(severity=3)

    assert asked(minutes=minutes) == ("deny", codes)


def test_an_overdue_vote_denies_an_approved_change_until_it_is_cast(settled: None) -> None:
    change = broken()
    other = file(
        incident=change.incident, revision="other", planned_end_at=at(3 * DAY), rollout="canary"
    )
    say("submit", other, minutes=15)
    vote(other, by="peer", minutes=16)

    denied = asked(minutes=12 + DAY + 1)
    with pytest.raises(Refused) as refused:
        say("start", other, minutes=12 + DAY + 1)
    vote(change, by="cab-1", minutes=12 + DAY + 2)
    allowed = asked(minutes=12 + DAY + 3)

    assert denied == ("deny", ["review_overdue"])
    assert refused.value.decision.codes == ("review_overdue",)
    assert allowed == ("allow", [])
    assert [answer.decision for answer in GateAnswer.objects.order_by("at")] == ["deny", "allow"]


def test_its_own_deployment_is_let_through_while_the_votes_are_out(settled: None) -> None:
    broken(revision="fix")

    assert asked(minutes=70, revision="fix") == ("allow", [])


def test_other_services_are_not_stopped(settled: None) -> None:
    broken()
    other = change_at(State.SCHEDULED, service=service("payments-api"))

    overdue = facts_of(other, minutes=12 + DAY + 1).overdue_reviews

    assert overdue == ()


def test_the_clock_counts_hours_not_wall_time(settled: None) -> None:
    change = broken()
    shift = timedelta(days=-25)  # Over 25 October, when clocks in Amsterdam were set back.
    Change.objects.filter(pk=change.pk).update(broke_glass_at=F("broke_glass_at") + shift)
    due = 12 + DAY - 25 * DAY

    assert facts_of(change, minutes=due).overdue_reviews == ()
    (review,) = facts_of(change, minutes=due + 0.001).overdue_reviews
    assert (review.ref, review.due_at) == (change.ref, at(due))

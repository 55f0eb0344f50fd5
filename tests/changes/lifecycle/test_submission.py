"""Submitting: what the rules ask, whether anybody could answer, and what is kept of it."""

from typing import Any

import pytest

from catalog.models import Membership, Service, User
from catalog.roles import AUDITORS
from changes.lifecycle.weighing import weight_of
from changes.models import ApprovalRule, PlanVersion, Requirement
from changes.states import Kind, State
from ledger import rows
from ledger.decision import Refused
from tests.changes.lifecycle.telling import KEPT, rows_beside, told
from tests.living import (
    at,
    change_at,
    events_of,
    file,
    fresh,
    person,
    say,
    service,
    verbs_of,
    written,
)


def test_submitting_asks_for_what_the_rules_ask_now(settled: None) -> None:
    change = file(risk="high")

    say("submit", change, minutes=5)

    after = fresh(change)
    needs = [("cab", 2, "CAB from high risk"), ("peer", 1, "Peer review")]
    needs.append(("service_owner", 1, "Service owner from medium risk"))
    assert (after.state, after.submitted_at, after.approval_round) == (
        "awaiting_approval",
        at(5),
        1,
    )
    assert [
        (need.authority, need.count, need.rule)
        for need in Requirement.objects.filter(change=change).order_by("id")
    ] == needs
    assert told(change) == (
        "change.submitted",
        "engineer",
        at(5),
        {
            **KEPT,
            "state": "awaiting_approval",
            "from": "planning",
            "to": "awaiting_approval",
            "round": 1,
            "plan_digest": after.plan_digest,
            "risk": weight_of(after),
            "requirements": [
                {"authority": authority, "count": count, "rule": rule}
                for authority, count, rule in needs
            ],
            **rows_beside(change, *Requirement.objects.filter(change=change)),
        },
    )


def test_a_standard_change_passes_in_the_same_transaction(settled: None) -> None:
    change = file(kind=Kind.STANDARD)

    say("submit", change, minutes=5)

    after = fresh(change)
    assert (after.state, after.submitted_at, after.approved_at) == ("scheduled", at(5), at(5))
    assert verbs_of(change.ref) == ["change.created", "change.submitted", "change.approved"]
    assert Requirement.objects.count() == 0


def test_requirements_stay_as_they_were_asked_though_rules_change(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    ApprovalRule.objects.update(count=9)

    (need,) = Requirement.objects.filter(change=change)

    assert (need.authority, need.count) == ("peer", 1)


def test_a_rule_that_sleeps_asks_nobody(settled: None) -> None:
    ApprovalRule.objects.exclude(name="Peer review").update(is_active=False)
    change = change_at(State.AWAITING_APPROVAL, risk="high")

    assert [need.rule for need in Requirement.objects.filter(change=change)] == ["Peer review"]


def test_a_change_no_rule_matches_is_not_submitted(settled: None) -> None:
    ApprovalRule.objects.update(is_active=False)

    with pytest.raises(Refused) as refused:
        say("submit", file(), minutes=5)

    assert refused.value.decision.codes == ("no_policy",)


def leave(*names: str) -> None:
    User.objects.filter(username__in=names).update(is_active=False)


def become_robots(*names: str) -> None:
    User.objects.filter(username__in=names).update(is_robot=True)


def become_auditors(*names: str) -> None:
    auditors = person("auditor").groups.get(name=AUDITORS)
    auditors.user_set.add(*User.objects.filter(username__in=names))


def leave_the_team(*names: str) -> None:
    Membership.objects.filter(user__username__in=names).delete()


@pytest.mark.parametrize("vanish", [leave, become_robots, become_auditors, leave_the_team])
def test_approval_must_be_possible_by_people_who_are_there(vanish: Any, settled: None) -> None:
    vanish("peer", "peer-2", "owner")
    change = file()
    before = written()

    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)

    assert [(r.code, r.source) for r in refused.value.decision.reasons] == [
        ("unsatisfiable", "approval rule Peer review")
    ]
    assert written() == before


def test_the_only_peer_cannot_be_the_implementer(settled: None) -> None:
    leave("peer-2", "owner")
    change = file(implementer=person("peer"))

    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)

    assert refused.value.decision.codes == ("unsatisfiable",)


def test_two_requirements_need_two_people(settled: None) -> None:
    leave("peer", "peer-2")
    change = file(risk="medium")

    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)

    assert refused.value.decision.codes == ("unsatisfiable",)


def test_the_commander_of_the_incident_alone_satisfies_the_emergency_cab(settled: None) -> None:
    leave("oncall", "cab-1", "cab-2")
    change = file(kind=Kind.EMERGENCY)
    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)
    change.incident.commander = person("peer")
    change.incident.save()

    say("submit", change, minutes=6)

    assert refused.value.decision.codes == ("unsatisfiable",)
    assert fresh(change).state == "awaiting_approval"


def test_risk_and_team_are_those_of_the_moment_of_submission(settled: None) -> None:
    change = file(rollout="all_at_once")
    team = service().owner_team
    team.pk, team.slug = None, "refunds-team"
    team.save()
    team.memberships.create(user=person("stranger"), role="lead")
    team.memberships.create(user=person("peer"))
    Service.objects.filter(slug="refunds").update(tier=1, owner_team=team)

    say("submit", change, minutes=5, by="peer")

    after = fresh(change)
    assert (after.risk_level, after.risk_score, after.team.slug) == ("high", 60, "refunds-team")
    assert [need.authority for need in Requirement.objects.filter(change=change)] == [
        "cab",
        "peer",
        "service_owner",
    ]
    assert events_of(change.ref)[-1].about == ["service:refunds", "team:refunds-team"]


def test_submitting_again_opens_a_new_round(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    say("revise", change, minutes=6, note="Another look.")
    say("submit", change, minutes=7)

    assert fresh(change).approval_round == 2
    assert [need.round for need in Requirement.objects.order_by("id")] == [1, 2]


def test_the_plan_keeps_the_risk_it_was_submitted_with(settled: None) -> None:
    change = file()
    Service.objects.filter(slug="refunds").update(tier=1)

    say("submit", change, minutes=5)

    after = fresh(change)
    plan = PlanVersion.objects.get(change=change)
    assert (after.risk_score, plan.risk) == (45, weight_of(after))
    assert told(change)[3]["rows"][f"{change.ref} plan 1"] == rows.digest(plan)

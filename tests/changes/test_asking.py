"""Whom approval rules ask: a group, a list, a share of them, one stage after the other."""

import pytest
from django.contrib.auth.models import Group

from catalog.models import User
from changes import approvals
from changes.models import ApprovalRule, Change, Requirement
from changes.policies import may
from changes.queries import home, voting
from changes.states import State
from ledger.decision import Refused
from ledger.models import Letter
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

pytestmark = pytest.mark.usefixtures("settled")


def ask(authority: str, **given: object) -> ApprovalRule:
    """A rule for every normal change, beside those that are there."""
    name = str(given.pop("name", authority))
    return ApprovalRule.objects.create(name=name, authority=authority, kinds=["normal"], **given)


def group(name: str, *members: str) -> None:
    Group.objects.create(name=name).user_set.set(User.objects.filter(username__in=members))


def with_mail(*names: str) -> None:
    for name in names:
        User.objects.filter(username=name).update(email=f"{name}@example.org")


def only(*rules: ApprovalRule) -> None:
    """No other rule is in force."""
    ApprovalRule.objects.exclude(pk__in=[rule.pk for rule in rules]).update(is_active=False)


def refused(change: Change, verb: str = "vote", **given: str) -> list[tuple[str, str]]:
    before = written()
    with pytest.raises(Refused) as refusal:
        vote(change, **given) if verb == "vote" else say(verb, change, minutes=5)
    assert written() == before
    return [(reason.code, reason.message) for reason in refusal.value.decision.reasons]


def asked(change: Change) -> list[tuple[str, int, int, bool]]:
    rows = Requirement.objects.filter(change=change, round=fresh(change).approval_round)
    return [(row.authority, row.count, row.stage, row.asked_at is not None) for row in rows]


# Which of these people each rule lets vote; nobody else may. The engineer wrote the change.
EVERYBODY = ("engineer", "peer", "owner", "cab-1", "manager", "oncall", "auditor", "stranger", "ci")
VOTERS = [
    ("peer", {}, {"peer", "owner"}),
    ("service_owner", {}, {"owner"}),
    ("cab", {}, {"cab-1"}),
    ("change_manager", {}, {"manager"}),
    ("ecab", {}, {"cab-1", "oncall"}),
    ("group", {"group": "DBA"}, {"stranger"}),
    (
        "people",
        {"people": ["ci", "auditor", "engineer", "oncall", "stranger"]},
        {"oncall", "stranger"},
    ),
]


@pytest.mark.parametrize(("authority", "given", "voters"), VOTERS, ids=[one[0] for one in VOTERS])
def test_each_rule_lets_exactly_these_people_vote(authority, given, voters):
    group("DBA", "stranger", "auditor", "ci", "engineer")
    only(ask(authority, **given))
    allowed, waits = set(), set()
    change = change_at(State.AWAITING_APPROVAL)
    for name in EVERYBODY:
        if voting.wanted_of(user=person(name), now=at(10)).exists():
            waits.add(name)
        decision = may("vote", facts_of(change, by=name), now=at(10))
        if decision.allowed:
            allowed.add(name)
        else:
            assert set(decision.codes) <= {"not_permitted", "self_approval"}

    assert allowed == waits == voters


def test_a_share_of_those_who_hold_it_becomes_a_number_when_it_is_submitted():
    group("DBA", "peer", "owner", "stranger")
    only(ask("group", group="DBA", percent=50))

    change = change_at(State.AWAITING_APPROVAL)

    assert asked(change) == [("group", 2, 1, True)]
    (told,) = events_of(change.ref)[-1].data["requirements"]
    assert told == {
        "authority": "group",
        "count": 2,
        "rule": "group",
        "group": "DBA",
        "percent": 50,
    }
    vote(change, by="stranger")
    vote(change, by="peer")
    assert fresh(change).state == State.SCHEDULED


def test_all_of_a_group_the_author_is_in_cannot_be_found():
    group("DBA", "engineer", "stranger")
    only(ask("group", group="DBA", percent=100))

    assert refused(file(), "submit") == [
        (
            "unsatisfiable",
            "“group” needs 2 × the group DBA, and 1 cannot be found: author, last editor and "
            "implementer do not count, and nobody counts twice.",
        )
    ]


def test_three_from_a_group_of_two_are_refused_with_the_gap():
    only(ask("cab", count=3, name="Three of the CAB"))

    assert refused(file(), "submit") == [
        (
            "unsatisfiable",
            "“Three of the CAB” needs 3 × the CAB, and 1 cannot be found: author, last editor and "
            "implementer do not count, and nobody counts twice.",
        )
    ]


def test_a_list_that_has_left_cannot_be_found():
    only(ask("people", people=["peer", "owner"], name="Either", count=2))
    User.objects.filter(username="owner").update(is_active=False)

    assert refused(file(), "submit") == [
        (
            "unsatisfiable",
            "“Either” needs 2 of owner, peer, and 1 cannot be found: author, last editor and "
            "implementer do not count, and nobody counts twice.",
        )
    ]


def test_a_later_stage_is_asked_when_the_earlier_has_agreed():
    first = ApprovalRule.objects.get(name="Peer review")
    only(first, ask("cab", stage=2, name="CAB after that"))
    with_mail("peer", "cab-1")
    change = change_at(State.AWAITING_APPROVAL)
    cab = person("cab-1")

    assert asked(change) == [("peer", 1, 1, True), ("cab", 1, 2, False)]
    assert not voting.wanted_of(user=cab, now=at(10)).exists()
    assert refused(change, by="cab-1") == [
        (
            "stage_not_reached",
            "The CAB is asked in stage 2, and stage 1 comes first: a peer of the owner team must "
            "still approve (Peer review).",
        )
    ]

    vote(change, by="peer")

    assert asked(change) == [("peer", 1, 1, True), ("cab", 1, 2, True)]
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "approval.asked"]
    assert events_of(change.ref)[-1].data["requirements"] == [
        {"authority": "cab", "count": 1, "rule": "CAB after that", "stage": 2}
    ]
    assert [one.change.ref for one in home.wanted_from(user=cab, now=at(10))] == [change.ref]
    assert [letter.to.username for letter in Letter.objects.order_by("id")] == ["peer", "cab-1"]
    vote(change, by="cab-1")
    assert fresh(change).state == State.SCHEDULED


def test_nobody_rejects_before_their_stage_either():
    only(ApprovalRule.objects.get(name="Peer review"), ask("cab", stage=2))
    change = change_at(State.AWAITING_APPROVAL)

    codes = refused(change, by="cab-1", decision="reject", comment="No.")

    assert [code for code, _ in codes] == ["stage_not_reached"]


def test_one_person_who_holds_both_stages_votes_once_and_makes_room():
    only(ask("peer"), ask("service_owner", stage=2))
    change = change_at(State.AWAITING_APPROVAL)

    vote(change, by="owner")
    assert fresh(change).state == State.AWAITING_APPROVAL
    vote(change, by="peer")

    assert fresh(change).state == State.SCHEDULED


def test_stages_that_begin_at_two_are_asked_at_once():
    only(ask("cab", stage=2))

    change = change_at(State.AWAITING_APPROVAL)

    assert asked(change) == [("cab", 1, 2, True)]
    assert approvals.vote(
        ref=change.ref, decision="approve", comment="", actor=person("cab-1"), now=change.created_at
    )


def test_several_rules_that_match_all_apply():
    group("DBA", "stranger")
    ask("group", group="DBA")
    ask("people", people=["manager", "oncall"], name="Either")

    change = change_at(State.AWAITING_APPROVAL, risk="high")

    assert [one[0] for one in asked(change)] == ["cab", "people", "peer", "service_owner", "group"]

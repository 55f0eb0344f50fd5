"""Voting while somebody is away: who may, for whom, and what is kept of it."""

import pytest

from catalog.models import User
from changes import leave
from changes.models import ApprovalRule, Change, Delegation, Vote
from changes.queries import home, voting
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Event
from tests.living import at, change_at, events_of, facts_of, file, fresh, person, say, vote, written

pytestmark = pytest.mark.usefixtures("settled")


def away(name: str, *, starts: float = 0, ends: float = 999, by: str = "") -> None:
    leave.go(
        person=name,
        starts_at=at(starts),
        ends_at=at(ends),
        actor=person(by or name),
        now=at(starts),
    )


def hand(giver: str, taker: str, *, starts: float = 0, ends: float = 999) -> str:
    row = leave.delegate(
        delegator=giver,
        delegate=taker,
        starts_at=at(starts),
        ends_at=at(ends),
        actor=person(giver),
        now=at(starts),
    )
    return row.ref


def ask_the_cab(count: int = 1) -> None:
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.create(name="CAB", authority="cab", count=count, kinds=["normal"])


def waiting(**given: object) -> Change:
    return change_at(State.AWAITING_APPROVAL, **given)


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    return [fault.ref for fault in verify.faults(rows=ROWS, seen=seen)]


def refused(change: Change, verb: str = "vote", **given: object) -> list[tuple[str, str, str]]:
    before = written()
    with pytest.raises(Refused) as refusal:
        vote(change, **given) if verb == "vote" else say(verb, change, minutes=5)
    assert written() == before
    reasons = refusal.value.decision.reasons
    return [(reason.code, reason.message, reason.remedy) for reason in reasons]


def test_whoever_is_on_leave_does_not_vote_and_is_told_until_when():
    change = waiting()
    away("peer", ends=60 * 24)

    assert refused(change, by="peer") == [
        (
            "on_leave",
            "peer is on leave until Thu 19 Nov 10:00 CET.",
            "End the absence under “My absences and delegations”, or let a delegate vote.",
        )
    ]
    assert not voting.wanted_of(user=person("peer"), now=at(10)).exists()


def test_whoever_is_back_votes_again():
    change = waiting()
    away("peer", ends=9)

    vote(change, by="peer", minutes=10)

    assert fresh(change).state == State.SCHEDULED


def test_people_on_leave_are_not_counted_on_when_it_is_submitted():
    ask_the_cab(2)
    away("cab-2")

    ((code, message, remedy),) = refused(file(), "submit")

    assert (code, message) == (
        "unsatisfiable",
        "“CAB” needs 2 × the CAB, and 1 cannot be found: author, last editor and implementer do "
        "not count, nobody counts twice, and cab-2 is on leave.",
    )
    assert (
        remedy == "Add people to that group, let who is away delegate, or change the implementer."
    )


def test_a_delegate_fills_the_place_and_the_vote_says_for_whom():
    ask_the_cab(2)
    away("cab-2")
    hand("cab-2", "owner")
    change = waiting()

    cast = vote(change, by="owner")
    vote(change, by="cab-1")

    assert fresh(change).state == State.SCHEDULED
    assert (cast.voter, cast.on_behalf_of, cast.authorities) == (
        person("owner"),
        person("cab-2"),
        ["cab"],
    )
    told = next(event for event in events_of(change.ref) if event.verb == "vote.cast")
    assert (told.actor, told.data["on_behalf_of"]) == ("owner", "cab-2")


def test_home_says_for_whom_the_vote_is():
    ask_the_cab()
    hand("cab-1", "stranger")
    change = waiting()

    (wanted,) = home.wanted_from(user=person("stranger"), now=at(10))

    assert (wanted.change.ref, dict(wanted.for_others)["cab"]) == (change.ref, "cab-1")


def test_a_delegation_holds_from_its_start_to_its_end_and_not_longer():
    ask_the_cab()
    hand("cab-1", "stranger", starts=20, ends=40)
    change = waiting()

    for minutes in (19.9, 40):
        ((code, *_),) = refused(change, by="stranger", minutes=minutes)
        assert code == "not_permitted"
    vote(change, by="stranger", minutes=39)

    assert fresh(change).state == State.SCHEDULED


def test_a_delegation_that_was_ended_early_holds_no_more():
    ask_the_cab()
    ref = hand("cab-1", "stranger")
    change = waiting()
    leave.end(ref=ref, actor=person("cab-1"), now=at(8))

    assert refused(change, by="stranger")[0][0] == "not_permitted"


@pytest.mark.parametrize("part", ["author", "implementer"])
def test_nobody_votes_for_somebody_who_is_involved(part: str):
    person("engineer").groups.add(*person("cab-2").groups.all())
    ask_the_cab()
    whom = "engineer" if part == "author" else "cab-2"
    hand(whom, "stranger")
    change = waiting(implementer=person(whom))

    assert refused(change, by="stranger") == [
        (
            "self_approval",
            f"{whom} wrote, revised or implements this change, and so nobody votes on it for them.",
            "Ask somebody else who holds the authority.",
        )
    ]


def test_the_author_does_not_vote_for_somebody_else_either():
    ask_the_cab()
    hand("cab-1", "engineer")

    assert refused(waiting(), by="engineer")[0][0] == "self_approval"


def test_a_robot_does_not_vote_for_anybody():
    ask_the_cab()
    change = waiting()
    with pytest.raises(Exception, match="There is no person called ci"):
        hand("cab-1", "ci")

    assert refused(change, by="ci")[0][0] == "not_permitted"


def test_one_person_fills_one_requirement_though_they_stand_for_another():
    ask_the_cab(2)
    hand("cab-2", "cab-1")
    change = waiting()

    vote(change, by="cab-1")

    assert fresh(change).state == State.AWAITING_APPROVAL
    assert refused(change, by="cab-1")[0][0] == "already_voted"
    vote(change, by="cab-2", minutes=11)
    assert fresh(change).state == State.SCHEDULED


def test_who_was_spoken_for_does_not_vote_again():
    ask_the_cab(2)
    hand("cab-2", "stranger")
    change = waiting()
    vote(change, by="stranger")

    assert refused(change, by="cab-2") == [
        (
            "already_voted",
            "stranger has voted for cab-2 on this plan.",
            "Nothing is left to do; a new vote is possible after the plan changes.",
        )
    ]


def test_who_has_spoken_is_not_spoken_for():
    ask_the_cab(2)
    hand("cab-2", "stranger")
    change = waiting()
    vote(change, by="cab-2")

    assert refused(change, by="stranger")[0][:2] == (
        "already_voted",
        "cab-2 has voted on this plan, and votes once.",
    )


def test_a_delegate_may_reject():
    ask_the_cab()
    hand("cab-1", "stranger")
    change = waiting()

    vote(change, by="stranger", decision="reject", comment="Not this week.")

    assert fresh(change).state == State.PLANNING


def test_a_vote_for_somebody_who_starts_it_does_not_count():
    ask_the_cab()
    hand("cab-1", "stranger")
    change = waiting()
    vote(change, by="stranger")

    assert Vote.objects.get().on_behalf_of == person("cab-1")
    change = fresh(change)
    Change.objects.filter(pk=change.pk).update(implementer=person("cab-1"))
    assert facts_of(change).excluded_voters == frozenset({"stranger"})


def test_a_delegate_on_leave_and_one_who_left_are_no_help():
    ask_the_cab(2)
    away("cab-2")
    hand("cab-2", "stranger")
    away("stranger")
    assert refused(file(), "submit")[0][0] == "unsatisfiable"
    leave.end(ref=person("stranger").absences.get().ref, actor=person("manager"), now=at(1))
    User.objects.filter(username="stranger").update(is_active=False)

    assert refused(file(), "submit")[0][0] == "unsatisfiable"


def test_what_is_written_is_recorded_and_a_row_edited_behind_it_is_named():
    ref = hand("cab-1", "cab-2")
    away("cab-1")
    assert faults() == []
    Delegation.objects.update(delegate=person("stranger"))
    assert faults() == [ref]

    verbs = list(
        Event.objects.filter(subject__contains="-").order_by("id").values_list("verb", flat=True)
    )
    assert verbs == ["delegation.made", "absence.entered"]

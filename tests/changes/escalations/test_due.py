"""Votes that are late: a reminder, then the next authority as well, each once."""

from datetime import timedelta

import pytest
from django.db import transaction

from catalog.models import User
from changes import escalations, leave
from changes.models import ApprovalDeadline, ApprovalRule, Change, Requirement, VoteDue
from changes.queries import voting
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.models import Letter
from tests.living import at, change_at, events_of, fresh, person, say, verbs_of, vote

pytestmark = pytest.mark.usefixtures("settled")
HOUR = timedelta(hours=1)


def deadline(authority: str = "peer", **given: object) -> None:
    """One hour to the reminder and two to the service owner, unless `given` says otherwise."""
    ApprovalDeadline.objects.all().delete()
    ApprovalDeadline.objects.create(
        authority=authority,
        **{
            "remind_after": HOUR,
            "escalate_after": 2 * HOUR,
            "next_authority": "change_manager",
            **given,
        },
    )


def waiting(**given: object) -> Change:
    """Submitted at 5 minutes past nine."""
    for name in ("peer", "peer-2", "owner", "manager"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
    change = change_at(State.AWAITING_APPROVAL, **given)
    return change


def chase(minutes: float) -> int:
    return escalations.chase(now=at(minutes), limit=50)


def letters(heading: str = "") -> list[str]:
    rows = Letter.objects.filter(words__contains=heading).order_by("id")
    return [row.to.username for row in rows]


def test_nothing_is_due_before_its_time():
    deadline()
    change = waiting()

    assert chase(64) == 0
    assert VoteDue.objects.count() == 2
    assert verbs_of(change.ref)[-1] == "change.submitted"


def test_those_who_could_vote_are_reminded_once():
    deadline()
    change = waiting()

    assert (chase(65), chase(65), chase(80)) == (1, 0, 0)

    assert verbs_of(change.ref)[-1] == "approval.reminded"
    event = events_of(change.ref)[-1]
    assert (event.actor, event.at, event.data["rule"], event.data["could_vote"]) == (
        "tidegate",
        at(65),
        "Peer review",
        ["owner", "peer", "peer-2"],
    )
    assert letters("Reminder: Peer review still waits for a peer of the owner team.") == [
        "owner",
        "peer",
        "peer-2",
    ]


def test_then_the_next_authority_is_asked_in_addition():
    deadline()
    change = waiting()
    manager = person("manager")
    assert not voting.wanted_of(user=manager, now=at(100)).exists()

    chase(65)
    chase(125)

    row = Requirement.objects.get(change=change)
    assert (row.authority, row.next_authority, row.escalated_at) == (
        "peer",
        "change_manager",
        at(125),
    )
    event = events_of(change.ref)[-1]
    assert (event.verb, event.data["note"]) == (
        "approval.escalated",
        "Peer review: from a peer of the owner team to a change manager as well.",
    )
    assert letters("your vote can take that place") == ["manager"]
    assert voting.wanted_of(user=manager, now=at(126)).get() == change
    assert voting.wanted_of(user=person("peer"), now=at(126)).get() == change


@pytest.mark.parametrize("voter", ["peer", "manager"])
def test_either_authority_fills_it_then(voter: str):
    deadline()
    change = waiting()
    chase(125)

    cast = vote(change, by=voter, minutes=130)

    assert fresh(change).state == State.SCHEDULED
    assert cast.authorities == (["change_manager"] if voter == "manager" else ["peer"])


def test_two_workers_do_what_is_due_once():
    deadline()
    change = waiting()
    with transaction.atomic():
        assert chase(200) == 2
        transaction.set_rollback(True)

    assert chase(200) == 2
    assert verbs_of(change.ref)[-2:] == ["approval.reminded", "approval.escalated"]
    assert chase(200) == 0


def test_what_is_settled_is_dropped():
    deadline()
    change = waiting()
    vote(change, by="peer")

    assert chase(200) == 2
    assert verbs_of(change.ref)[-1] == "change.approved"
    assert VoteDue.objects.count() == 0


def test_what_was_revised_is_not_chased_for_the_round_that_is_over():
    deadline()
    change = waiting()
    say("revise", change, minutes=20)
    say("submit", change, minutes=100)

    assert chase(126) == 2
    assert verbs_of(change.ref)[-1] == "change.submitted"
    assert chase(161) == 1
    assert verbs_of(change.ref)[-1] == "approval.reminded"


def test_a_change_on_hold_is_looked_at_later():
    deadline()
    change = waiting()
    say("hold", change, minutes=20, reason="The vendor is closed.")

    assert chase(66) == 1
    assert VoteDue.objects.get(act="remind").due_at == at(66) + HOUR
    assert verbs_of(change.ref)[-1] == "change.held"


def test_a_later_stage_is_due_from_when_it_is_asked():
    deadline("cab")
    ApprovalRule.objects.exclude(name="Peer review").update(is_active=False)
    ApprovalRule.objects.create(name="CAB", authority="cab", stage=2, kinds=["normal"])
    change = waiting()
    assert VoteDue.objects.count() == 0

    vote(change, by="peer", minutes=30)

    dues = VoteDue.objects.order_by("due_at").values_list("act", "due_at")
    assert list(dues) == [("remind", at(90)), ("escalate", at(150))]


def test_a_rule_of_its_own_deadline_goes_before_that_of_its_authority():
    deadline()
    ApprovalDeadline.objects.create(
        rule=ApprovalRule.objects.get(name="Peer review"), remind_after=HOUR / 2
    )

    waiting()

    assert [(due.act, due.due_at) for due in VoteDue.objects.all()] == [("remind", at(35))]


def test_people_on_leave_are_not_reminded_and_their_delegates_are():
    deadline()
    change = waiting()
    for name in ("peer", "peer-2"):
        leave.go(person=name, ends_at=at(999), actor=person(name), now=at(10))
    leave.delegate(
        delegator="peer", delegate="stranger", ends_at=at(999), actor=person("peer"), now=at(10)
    )

    chase(65)

    assert events_of(change.ref)[-1].data["could_vote"] == ["owner", "stranger"]


def test_what_was_done_is_recorded_with_the_row():
    deadline()
    waiting()
    chase(125)

    seen = verify.Seen(lambda progress: None)
    refs = [fault.ref for fault in verify.faults(rows=ROWS, seen=seen)]
    assert [ref for ref in refs if "requirement" in ref] == []
    Requirement.objects.update(escalated_at=None)
    seen = verify.Seen(lambda progress: None)
    refs = [fault.ref for fault in verify.faults(rows=ROWS, seen=seen)]
    assert [ref for ref in refs if "requirement" in ref] == [
        f"{Change.objects.get().ref} requirement {Requirement.objects.get().pk}"
    ]

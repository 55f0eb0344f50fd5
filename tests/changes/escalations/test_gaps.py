"""Votes that nobody is left to give are told once, to whoever can mend it."""

import pytest

from catalog.models import User
from changes import escalations, leave
from changes.models import ApprovalRule, Change, Requirement
from changes.states import State
from ledger.models import Letter
from tests.living import at, change_at, events_of, fresh, person, verbs_of, vote

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def change(settled: None) -> Change:
    """A change that two of the CAB must approve, and it has two."""
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.create(name="Two of the CAB", authority="cab", count=2, kinds=["normal"])
    for name in ("engineer", "manager"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
    return change_at(State.AWAITING_APPROVAL)


def look(minutes: float = 60) -> int:
    return escalations.look_for_gaps(now=at(minutes), limit=50)


def leaves(name: str) -> None:
    User.objects.filter(username=name).update(is_active=False)


def goes_on_leave(name: str) -> None:
    leave.go(person=name, ends_at=at(999), actor=person(name), now=at(20))


def changes_group(name: str) -> None:
    person(name).groups.clear()


def becomes_implementer(name: str) -> None:
    Change.objects.update(implementer=person(name))


def test_nothing_is_told_while_everybody_is_there(change: Change):
    assert look() == 0
    assert verbs_of(change.ref)[-1] == "change.submitted"


@pytest.mark.parametrize(
    "happens",
    [leaves, goes_on_leave, changes_group, becomes_implementer],
    ids=lambda one: one.__name__,
)
def test_a_gap_is_told_once(change: Change, happens):
    happens("cab-2")

    assert (look(60), look(65), look(70)) == (1, 0, 0)

    event = events_of(change.ref)[-1]
    away = " On leave: cab-2." if happens is goes_on_leave else ""
    assert (event.verb, event.actor, event.at, event.data["note"]) == (
        "approval.gap_found",
        "tidegate",
        at(60),
        f"“Two of the CAB” asks the CAB for 2, and 1 can no longer be found.{away}",
    )
    assert Requirement.objects.get().gap_found_at == at(60)
    told = Letter.objects.filter(heading__contains="nobody left to approve it").order_by("id")
    assert [letter.to.username for letter in told] == ["engineer", "manager"]


def test_a_gap_that_closes_is_told_and_may_open_again(change: Change):
    goes_on_leave("cab-2")
    look(60)
    leave.delegate(
        delegator="cab-2", delegate="stranger", ends_at=at(500), actor=person("manager"), now=at(70)
    )

    assert (look(75), look(80)) == (1, 0)
    assert verbs_of(change.ref)[-1] == "approval.gap_closed"
    assert Requirement.objects.get().gap_found_at is None
    assert look(501) == 1
    assert verbs_of(change.ref)[-1] == "approval.gap_found"


def test_votes_that_are_in_count_even_when_their_voter_left(change: Change):
    vote(change, by="cab-2")
    leaves("cab-2")

    assert look() == 0
    vote(change, by="cab-1", minutes=61)
    assert fresh(change).state == State.SCHEDULED


def test_a_change_that_is_settled_is_not_looked_at(change: Change):
    vote(change, by="cab-1")
    vote(change, by="cab-2")
    leaves("cab-2")

    assert look() == 0


def test_as_many_statements_for_ten_changes_as_for_one(
    change: Change, django_assert_max_num_queries
):
    for _ in range(9):
        change_at(State.AWAITING_APPROVAL)

    with django_assert_max_num_queries(6):
        look()

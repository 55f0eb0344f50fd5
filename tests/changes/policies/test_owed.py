"""What is owed after an emergency, and when it is overdue."""

from datetime import timedelta

import pytest

from changes.policies.owed import Duty, Owes, due, duties
from changes.states import Kind
from tests.changes.policies.given import NOW

DAY = timedelta(days=1)
OWED = {
    "ref": "CHG-1",
    "kind": Kind.EMERGENCY,
    "broke_glass_at": NOW,
    "retroactively_approved_at": None,
    "finished_at": NOW + DAY,
    "reviewed_at": None,
}


@pytest.mark.parametrize(
    ("given", "owes"),
    [
        ({}, ["votes", "review"]),
        ({"retroactively_approved_at": NOW}, ["review"]),
        ({"reviewed_at": NOW}, ["votes"]),
        ({"finished_at": None}, ["votes"]),
        ({"broke_glass_at": None}, ["review"]),
        ({"broke_glass_at": None, "finished_at": None}, []),
        ({"kind": Kind.NORMAL, "broke_glass_at": None}, []),
        ({"kind": Kind.STANDARD, "broke_glass_at": None}, []),
        ({"kind": Kind.NORMAL, "broke_glass_at": None, "unauthorised": True}, ["review"]),
    ],
)
def test_votes_are_owed_since_the_glass_was_broken_and_a_review_since_the_end(given, owes):
    assert [str(one.owes) for one in duties(**(OWED | given))] == owes


def test_votes_are_due_in_a_day_and_the_review_in_three():
    assert list(duties(**OWED)) == [
        Duty("CHG-1", Owes.VOTES, NOW + DAY),
        Duty("CHG-1", Owes.REVIEW, NOW + 4 * DAY),
    ]


@pytest.mark.parametrize(("seconds", "overdue"), [(-1, False), (0, False), (1, True)])
def test_at_the_very_instant_it_is_not_overdue(seconds, overdue):
    duty = due("CHG-1", Owes.VOTES, since=NOW - DAY)

    assert duty.is_overdue(NOW + timedelta(seconds=seconds)) is overdue

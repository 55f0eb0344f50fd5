"""Who may delegate to whom, and that nothing is handed on twice."""

from datetime import timedelta

import pytest

from changes.policies.delegating import Handed, Person, may_delegate
from changes.windows import Interval
from tests.changes.policies.given import HOUR, NOW

DAY = timedelta(days=1)
WEEK = Interval(NOW, NOW + 7 * DAY)
LATER = Interval(NOW + 7 * DAY, NOW + 14 * DAY)
WANTED = Handed("cab-1", "cab-2", WEEK)
SELF, OTHER = Person("cab-1"), Person("cab-2")
MANAGER = Person("manager", is_change_manager=True)


def codes(
    *others: Handed,
    wanted: Handed = WANTED,
    delegate: Person = OTHER,
    actor: Person = SELF,
) -> tuple[str, ...]:
    return may_delegate(wanted, delegate=delegate, actor=actor, others=others, now=NOW).codes


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (SELF, ()),
        (MANAGER, ()),
        (Person("cab-2"), ("not_permitted",)),
        (Person("stranger"), ("not_permitted",)),
        (Person("cab-1", is_active=False), ("not_permitted",)),
        (Person("cab-1", is_robot=True), ("not_permitted",)),
    ],
)
def test_people_delegate_their_own_votes_and_change_managers_everybodys(actor, expected):
    assert codes(actor=actor) == expected


@pytest.mark.parametrize(
    ("delegate", "expected"),
    [
        (Person("cab-2"), ()),
        (Person("cab-2", is_active=False), ("delegate_cannot_vote",)),
        (Person("ci", is_robot=True), ("delegate_cannot_vote",)),
        (Person("auditor", is_auditor=True), ("delegate_cannot_vote",)),
    ],
)
def test_the_delegate_is_somebody_who_could_vote(delegate, expected):
    assert codes(delegate=delegate) == expected


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (Handed("cab-1", "owner", WEEK, "DELEGATION-1"), ("delegation_overlaps",)),
        (Handed("cab-1", "cab-2", WEEK, "DELEGATION-1"), ("delegation_overlaps",)),
        (Handed("cab-2", "cab-1", WEEK, "DELEGATION-1"), ("delegation_loop",)),
        (Handed("cab-2", "owner", WEEK, "DELEGATION-1"), ("delegation_chain",)),
        (Handed("owner", "cab-1", WEEK, "DELEGATION-1"), ("delegation_chain",)),
        (Handed("owner", "cab-2", WEEK, "DELEGATION-1"), ()),
        (Handed("cab-1", "owner", LATER, "DELEGATION-1"), ()),
        (Handed("cab-2", "cab-1", LATER, "DELEGATION-1"), ()),
        (Handed("cab-2", "cab-1", Interval(NOW - DAY, NOW + HOUR), "D-1"), ("delegation_loop",)),
    ],
)
def test_loops_chains_and_overlaps_are_refused(there, expected):
    assert codes(there) == expected


def test_nobody_delegates_to_themselves():
    assert codes(wanted=Handed("cab-1", "cab-1", WEEK), delegate=SELF) == ("delegation_loop",)


def test_a_refusal_names_what_is_there_and_what_to_do():
    there = Handed("cab-2", "owner", WEEK, "DELEGATION-7")

    (reason,) = may_delegate(
        WANTED, delegate=Person("cab-2"), actor=SELF, others=[there], now=NOW
    ).reasons

    assert (reason.message, reason.remedy, reason.until, reason.source) == (
        "cab-2 has delegated to owner until Wed 25 Nov 10:00 UTC (DELEGATION-7), and nobody hands "
        "on what was handed to them.",
        "Delegate to owner instead, or to somebody who votes themselves.",
        WEEK.ends_at,
        "DELEGATION-7",
    )

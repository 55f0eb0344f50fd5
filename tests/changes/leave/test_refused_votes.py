"""Every vote that must not be: refused with its code and a remedy, and nothing is written."""

from collections.abc import Callable

import pytest

from catalog.models import User
from changes import approvals, leave
from changes.models import Change
from changes.states import State
from ledger.decision import Refused
from tests.living import at, change_at, fresh, person, say, vote, written

pytestmark = pytest.mark.usefixtures("settled")
Case = Callable[[], tuple[Change, str]]


def waiting() -> Change:
    return change_at(State.AWAITING_APPROVAL, risk="high")


def by_the_author() -> tuple[Change, str]:
    return waiting(), "engineer"


def by_a_robot() -> tuple[Change, str]:
    return waiting(), "ci"


def by_a_stranger() -> tuple[Change, str]:
    return waiting(), "stranger"


def by_an_auditor() -> tuple[Change, str]:
    return waiting(), "auditor"


def by_somebody_who_left() -> tuple[Change, str]:
    User.objects.filter(username="cab-1").update(is_active=False)
    return waiting_or_less(), "cab-1"


def waiting_or_less() -> Change:
    return change_at(State.AWAITING_APPROVAL, risk="low")


def by_someone_on_leave() -> tuple[Change, str]:
    change = waiting()
    leave.go(person="cab-1", ends_at=at(999), actor=person("cab-1"), now=at(9))
    return change, "cab-1"


def twice() -> tuple[Change, str]:
    change = waiting()
    vote(change, by="cab-1")
    return change, "cab-1"


def after_the_delegate_did() -> tuple[Change, str]:
    change = waiting()
    leave.delegate(
        delegator="cab-1", delegate="stranger", ends_at=at(999), actor=person("cab-1"), now=at(9)
    )
    vote(change, by="stranger")
    return change, "cab-1"


def after_close() -> tuple[Change, str]:
    return change_at(State.CLOSED), "peer"


def while_it_is_planned() -> tuple[Change, str]:
    change = waiting()
    say("revise", change, minutes=9)
    return change, "cab-1"


def on_a_stale_digest() -> tuple[Change, str]:
    return waiting(), "cab-1"


REFUSED = [
    (by_the_author, "self_approval"),
    (by_a_robot, "not_permitted"),
    (by_a_stranger, "not_permitted"),
    (by_an_auditor, "not_permitted"),
    (by_somebody_who_left, "not_permitted"),
    (by_someone_on_leave, "on_leave"),
    (twice, "already_voted"),
    (after_the_delegate_did, "already_voted"),
    (after_close, "wrong_state"),
    (while_it_is_planned, "wrong_state"),
    (on_a_stale_digest, "edited_meanwhile"),
]


@pytest.mark.parametrize(("case", "code"), REFUSED, ids=[one.__name__ for one, _ in REFUSED])
def test_a_vote_is_refused_with_its_code_and_a_remedy(case: Case, code: str):
    change, voter = case()
    stale = "e" * 64 if case is on_a_stale_digest else None
    before, edition = written(), fresh(change).edition

    with pytest.raises(Refused) as refusal:
        approvals.vote(
            ref=change.ref,
            decision="approve",
            comment="",
            actor=person(voter),
            now=at(11),
            seen=stale,
        )

    reasons = refusal.value.decision.reasons
    assert code in [reason.code for reason in reasons]
    assert all(reason.message and reason.remedy for reason in reasons)
    assert (written(), fresh(change).edition) == (before, edition)

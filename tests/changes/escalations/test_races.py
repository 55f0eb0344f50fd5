"""Two at once, each with a connection: what is due is done once, and no loop slips through."""

from collections.abc import Iterator

import pytest

from changes import escalations, leave
from changes.models import Delegation
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from tests import living
from tests.changes.test_races import Attempt, at_once
from tests.living import at, change_at, person, verbs_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def settled_for_all(transactional_db: None) -> Iterator[None]:
    """The catalogue, committed, so that other connections see it; afterwards nothing is broken."""
    living.settle()
    yield
    seen = verify.Seen(lambda progress: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []


def test_two_workers_remind_and_escalate_once() -> None:
    change = change_at(State.AWAITING_APPROVAL)

    at_once(*[lambda: escalations.chase(now=at(60 * 30), limit=10)] * 2)

    # Each worker may take either of the two that are due.
    assert sorted(verbs_of(change.ref)[-2:]) == ["approval.escalated", "approval.reminded"]
    assert escalations.chase(now=at(60 * 30), limit=10) == 0


def test_of_two_delegations_that_make_a_loop_one_is_refused() -> None:
    def handing(giver: str, taker: str) -> Attempt:
        actor, ends = person(giver), at(999)
        return lambda: leave.delegate(
            delegator=giver, delegate=taker, ends_at=ends, actor=actor, now=at(0)
        )

    codes = at_once(handing("cab-1", "cab-2"), handing("cab-2", "cab-1"))

    assert sorted(code for one in codes for code in one or ["made"]) == ["delegation_loop", "made"]
    assert Delegation.objects.count() == 1

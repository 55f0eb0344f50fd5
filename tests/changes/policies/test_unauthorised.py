"""What was deployed without leave: found once, reviewed before it closes, cleared only before."""

import pytest

from changes.policies import may
from changes.states import Kind, Outcome, State
from tests.changes.policies.given import NOW, facts


@pytest.mark.parametrize(
    ("verb", "state", "given", "codes"),
    [
        ("detect", State.PLANNING, {"unauthorised": True}, ()),
        ("detect", State.PLANNING, {}, ("not_permitted",)),
        ("clear", State.VALIDATING, {"unauthorised": True, "review_done": False}, ()),
        ("clear", State.VALIDATING, {"unauthorised": True}, ("wrong_state",)),
        ("clear", State.VALIDATING, {"review_done": False}, ("not_permitted",)),
        ("close", State.VALIDATING, {"unauthorised": True}, ()),
        (
            "close",
            State.VALIDATING,
            {"unauthorised": True, "review_done": False},
            ("review_required",),
        ),
        ("close", State.VALIDATING, {"review_done": False}, ()),
        (
            "close",
            State.VALIDATING,
            {"unauthorised": True, "review_done": False, "outcome": Outcome.FAILED},
            ("review_required",),
        ),
    ],
)
def test_leave_and_review_decide(verb, state, given, codes) -> None:
    assert may(verb, facts(state, Kind.NORMAL, **given), now=NOW).codes == codes


def test_who_closes_it_reads_why_a_review_is_owed() -> None:
    asked = facts(State.VALIDATING, unauthorised=True, review_done=False)

    (reason,) = may("close", asked, now=NOW).reasons

    assert reason.message == "What was deployed without leave is reviewed before it closes."

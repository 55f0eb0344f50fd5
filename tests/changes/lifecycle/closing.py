"""How tests close a change, and how it is refused."""

import pytest

from changes.models import Change
from ledger.decision import Refused
from tests.living import say, written


def close(change: Change, outcome: str = "successful", *, by: str = "engineer") -> None:
    say("close", change, by=by, minutes=120, outcome=outcome, note="It is done.")


def refusal(
    change: Change, outcome: str = "successful", *, by: str = "engineer"
) -> tuple[str, ...]:
    """The codes with which closing is refused; nothing is written."""
    before = written()
    with pytest.raises(Refused) as refused:
        close(change, outcome, by=by)
    assert written() == before
    return refused.value.decision.codes

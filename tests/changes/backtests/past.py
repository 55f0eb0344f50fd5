"""A past to try rules on: changes that ended well and badly."""

from typing import Any

from changes import backtests
from changes.models import Backtest, Change
from changes.states import State
from tests import living
from tests.changes.rulebook.given import row
from tests.living import at, change_at, person, say

AFTERWARDS = 600


def failed(**given: Any) -> Change:
    """A change that was closed as failed."""
    change = change_at(State.VALIDATING, **given)
    say("review", change, minutes=100, text="A queue ran full.")
    return say("close", change, minutes=120, outcome="failed", note="It did not work.")


def rolled_back(**given: Any) -> Change:
    """A change that was rolled back."""
    change = change_at(State.VALIDATING, **given)
    say("roll_back", change, minutes=95, note="It did not help.")
    say("review", change, minutes=100, text="A queue ran full.")
    return say("close", change, minutes=120, outcome="rolled_back", note="Back.")


def lived() -> dict[str, Change]:
    """Two good changes and two bad ones, one of each high; an incident follows those of high."""
    found = {
        "good": change_at(State.CLOSED),
        "good and high": change_at(State.CLOSED, risk="high"),
        "failed and high": failed(risk="high"),
        "rolled back": rolled_back(),
    }
    living.incident(2, on="payments-api", minutes=90)
    return found


def run(job: Backtest, *, rows: int = 2, minutes: float = AFTERWARDS) -> Backtest:
    """Work on a run until it is over."""
    while backtests.work(backtest=job.pk, now=at(minutes), rows=rows):
        pass
    return Backtest.objects.get(pk=job.pk)


def asked(*, days: int = 30, by: str = "manager", **given: Any) -> Backtest:
    """A run of a rule that is not saved."""
    return backtests.of_rule(row(**given), days=days, actor=person(by), now=at(AFTERWARDS))

"""Rules about deploying a change again whose deployment failed. Pure.

# Note [Begun anew]
A deployment that failed ends in validation. Whoever mends what stopped it and tries the same change
again needs no other one: what was agreed to is the same. But its place was given up, and time has
passed; so every rule looks at it as at a change that is scheduled, and what had passed its checks
is checked again. What was rolled back has ended, and nobody ever agreed to what was found deployed
without leave: neither begins anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from changes.policies import rivals
from changes.policies.facts import Facts
from changes.states import DEPLOYMENT, State
from ledger.decision import Reason

VERBS = frozenset({"deploy", "retry"})


def begins_anew(facts: Facts) -> bool:
    """Whether it is in validation because its deployment failed, and may be tried again."""
    return (
        facts.state is State.VALIDATING
        and not facts.rolled_back
        and not facts.unauthorised
        and any(check.name == DEPLOYMENT and not check.passed for check in facts.checks)
    )


def as_scheduled(verb: str, facts: Facts) -> Facts:
    """The facts as the rules of `verb` look at them; see Note [Begun anew]."""
    anew = verb in VERBS and begins_anew(facts)
    return replace(facts, state=State.SCHEDULED) if anew else facts


def deployment_failed(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Only what failed is tried again."""
    if facts.state is not State.VALIDATING:
        return
    if facts.rolled_back:
        told, remedy = "was rolled back", "Close it, and file a new change."
    elif facts.unauthorised:
        told, remedy = "was deployed without leave", "Write its review, and file a new change."
    else:
        told, remedy = (
            "is in validation, and its deployment did not fail",
            "Close it, and file a new change for what is still to be deployed.",
        )
    yield Reason("wrong_state", f"{facts.ref} {told}.", remedy, source="lifecycle")


def place_is_free_again(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Nobody was promised its place while it was in validation."""
    if facts.state is State.SCHEDULED and facts.started_at is not None:
        yield from rivals.place_is_free_when_planned(facts, now)

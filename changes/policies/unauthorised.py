"""Rules about what was deployed without leave, which Tidegate found out afterwards.

# Note [Deployed without leave]
A deployment that no permit and no running change stands for has happened: nothing is left to plan,
to approve or to start. So it becomes a change that goes from planning straight to validation, by
a verb that nobody but Tidegate says. It owes a review within three days like an emergency, holds up
the service's other changes when that is late, and does not close without it. Where it turns out
that there was leave for it, it is cleared, and counts as what it was: a mistake of ours.
Source: ServiceNow's unauthorised changes, which go to review at once since the work is done.
"""

from collections.abc import Iterator
from datetime import datetime

from changes.policies import people
from changes.policies.facts import Facts
from ledger.decision import Reason


def was_deployed_without_leave(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Only what was seen, and never what somebody plans, begins with validation."""
    if not facts.actor.is_active:
        yield people.no_longer_active(facts.actor)
    if not facts.unauthorised:
        yield Reason(
            "not_permitted",
            f"{facts.ref} was not found deployed without a permit.",
            "Submit it for approval, or cancel it.",
            source="unauthorised",
        )


def is_not_reviewed(facts: Facts, now: datetime) -> Iterator[Reason]:
    """What people have looked into stays what they found."""
    if facts.unauthorised and facts.review_done:
        yield Reason(
            "wrong_state",
            f"{facts.ref} has been reviewed.",
            "Close it, and say in the note that there was leave for it.",
            source="unauthorised",
        )

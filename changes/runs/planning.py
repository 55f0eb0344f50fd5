"""Why a change that is still planned is not submitted."""

from datetime import datetime

from catalog.models import User
from changes import policies
from changes.models import Change
from changes.queries import by_ref
from changes.queries import facts as gathered
from changes.queries.agreement import for_planning
from ledger.decision import Reason


def missing(change: Change, *, actor: User, now: datetime) -> tuple[Reason, ...]:
    """Every objection to submitting it; where there is none, that nobody did."""
    facts = gathered.of_change(change_id=change.pk, actor=actor, now=now)
    ready = for_planning(facts, change=by_ref(ref=change.ref), now=now)
    not_yet = Reason(
        "wrong_state",
        "Its plan is complete, and nobody has submitted it.",
        "Submit it for approval, and run the job again.",
        source="change",
    )
    return policies.may("submit", ready, now=now).reasons or (not_yet,)

"""What the queue says of each change beyond its columns."""

from changes.models import Change
from changes.policies import filling
from changes.policies.facts import Need
from changes.queries.agreement import need_of
from changes.queries.voting import approving
from changes.shown.words import whom
from changes.states import State


def missing(change: Change) -> list[str]:
    """`CAB ×2`, `Service owner`: whose approvals are still open.

    `change.asked` and `change.cast` hold the requirements and votes of its current round.
    """
    if not _wants_votes(change):
        return []
    needs = [need_of(one) for one in change.asked]
    open_needs = filling.missing(needs, filling.fill(needs, approving(change, change.cast)))
    return [_word(need, count) for need, count in open_needs]


def _wants_votes(change: Change) -> bool:
    owes = change.broke_glass_at and not change.retroactively_approved_at
    return change.state == State.AWAITING_APPROVAL or bool(owes and not change.ended_at)


def _word(need: Need, count: int) -> str:
    label = whom(need)
    return label if count == 1 else f"{label} ×{count}"

"""Who keeps the rows that say what comes in."""

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS, roles_of
from ledger.decision import Reason, refuse


def demand_keeper(verb: str, *, actor: User, ref: str, what: str) -> None:
    """Raise `Refused` (not_permitted) for anybody but a change manager or a superuser."""
    if actor.is_active and (actor.is_superuser or CHANGE_MANAGERS in roles_of(actor)):
        return
    reason = Reason(
        "not_permitted",
        f"Only change managers write {what}; {actor.username} is none.",
        "Ask a change manager to do it.",
        source="people",
    )
    raise refuse(verb, reason, ref=ref)

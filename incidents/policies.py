"""Who may declare an incident, close one, or put somebody in command. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ledger.decision import Decision, Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose question it is, and of which incident; `ref` is empty where none is there yet."""

    is_auditor: bool
    ref: str = ""
    closed_at: datetime | None = None


def may(verb: str, standing: Standing) -> Decision:
    """Whether `verb` (declare, close, assign_commander) may be said, with every objection."""
    reasons = []
    if standing.is_auditor:
        reasons.append(
            Reason(
                "not_permitted",
                "Auditors read everything and change nothing.",
                "Ask somebody outside the Auditors group.",
                source="people",
            )
        )
    if standing.closed_at is not None:
        reasons.append(
            Reason(
                "wrong_state",
                f"{standing.ref} is closed, since {standing.closed_at:%Y-%m-%d %H:%M} UTC.",
                "Declare a new incident if the trouble is back.",
                source=standing.ref,
            )
        )
    return Decision(verb, tuple(reasons))

"""Who may declare an incident, close one, or put somebody in command. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ledger.decision import Decision, Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose question it is, and of which incident; `ref` is empty where none is there yet.

    `responds`: commands it, is on call, sits on the CAB, manages changes or is in the owner team.
    `reported`: declared it, or is the robot that watches the service.
    """

    is_auditor: bool
    responds: bool = False
    reported: bool = False
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
    elif verb != "declare" and not _answers(verb, standing):
        reasons.append(
            Reason(
                "not_permitted",
                f"Only who answers {standing.ref} may do this.",
                "Ask its commander, whoever is on call, the CAB or a member of the owner team.",
                source="people",
            )
        )
    if standing.closed_at is not None:
        reasons.append(
            Reason(
                "wrong_state",
                f"{standing.ref} is closed, since {standing.closed_at:%a %-d %b %H:%M} UTC.",
                "Declare a new incident if the trouble is back.",
                source=standing.ref,
            )
        )
    return Decision(verb, tuple(reasons))


def _answers(verb: str, standing: Standing) -> bool:
    """A commander votes on emergency changes, so who only declared an incident cannot take it."""
    return standing.responds or (verb == "close" and standing.reported)

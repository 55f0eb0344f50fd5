"""What happened to an incident, as sentences. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ledger.models import Event

LINKED: Final = {
    "suspect": "may have caused it",
    "caused": "caused it",
    "dismissed": "did not cause it",
    "fixes": "fixes it",
    "mitigated_by": "mitigates it",
}

TONES: Final = {
    "incident.declared": "stop",
    "incident.reopened": "stop",
    "incident.mitigated": "wait",
    "incident.resolved": "go",
    "incident.closed": "go",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event, as components/timeline.html shows it."""

    at: datetime
    actor: str
    verb: str
    sentence: str
    tone: str
    note: str
    subject: str
    position: int
    digest: str


def lines(events: Iterable[Event]) -> list[Line]:
    """The events in words, in their order."""
    return [
        Line(
            at=event.at,
            actor=event.actor,
            verb=event.verb,
            sentence=_sentence(event.verb, event.data),
            tone=TONES.get(event.verb, "plain"),
            note=str(event.data.get("note", "")),
            subject=event.subject,
            position=event.position,
            digest=event.digest,
        )
        for event in events
    ]


def _sentence(verb: str, told: dict[str, Any]) -> str:
    match verb:
        case "incident.declared":
            return f"declared it as SEV-{told.get('severity')} on {told.get('service')}"
        case "incident.commander_assigned":
            return f"put {told.get('commander')} in command"
        case "incident.acknowledged":
            return "acknowledged it"
        case "incident.mitigated":
            return f"mitigated it{_passed(told)}"
        case "incident.resolved":
            return f"resolved it{_passed(told)}"
        case "incident.closed":
            return f"closed it{_passed(told)}"
        case "incident.reopened":
            return f"reopened it; it was {told.get('was')}"
        case "incident.linked":
            return f"said that {told.get('change')} {LINKED.get(str(told.get('relation')))}"
    return verb.partition(".")[2].replace("_", " ") or verb


def _passed(told: dict[str, Any]) -> str:
    """See Note [States passed on the way] in `incidents.states`."""
    passed = told.get("passed") or []
    return f", without having {' or '.join(passed)} it before" if passed else ""

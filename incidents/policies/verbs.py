"""Whether a verb may be said of an incident, with every objection."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incidents.states import MOVES, OPEN, ORDER, OVER, State
from ledger.decision import Decision, Reason

RUNNING = (*OPEN, State.RESOLVED)
# Verbs that leave the state as it is, and the states they may be said in.
STAYS: dict[str, tuple[State, ...]] = {
    "assign": RUNNING,
    "set_severity": RUNNING,
    "affect": RUNNING,
    "measure": ORDER,
    "note": ORDER,
    "pin": ORDER,
    "tick": RUNNING,
    "add_task": RUNNING,
    "work_on_task": ORDER,
    "fold": RUNNING,
    "take_in": RUNNING,
    "split": RUNNING,
    "update": ORDER,
    "write_postmortem": OVER,
}
# A commander votes on emergency changes, so who only reported an incident hands out no roles; and
# speaks for nobody.
BY_RESPONDERS = frozenset({"assign", "fold", "take_in", "split", "update"})
# Whoever knows something may write it down.
BY_ANYBODY = frozenset({"note"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose question it is, and of which incident; `ref` is empty where none is there yet.

    `responds`: commands it, is on call, sits on the CAB, manages changes or is in the owner team.
    `reported`: declared it, or is the robot that watches the service. `is_tidegate`: nobody asks,
    it is Tidegate that acts. `since`: when the incident came into its state. `folded_into`: the ref
    of the incident it was merged into.
    """

    is_auditor: bool = False
    responds: bool = False
    reported: bool = False
    is_tidegate: bool = False
    ref: str = ""
    state: str = ""
    since: datetime | None = None
    folded_into: str = ""


def may(verb: str, standing: Standing) -> Decision:
    """Whether `verb` may be said: declare, one of `MOVES` or one of `STAYS`."""
    return Decision(verb, (*_people(verb, standing), *_state(verb, standing)))


def _people(verb: str, standing: Standing) -> Iterator[Reason]:
    if standing.is_tidegate:
        return
    if standing.is_auditor:
        yield Reason(
            "not_permitted",
            "Auditors read everything and change nothing.",
            "Ask somebody outside the Auditors group.",
            source="people",
        )
    elif verb != "declare" and not _answers(verb, standing):
        yield Reason(
            "not_permitted",
            f"Only who answers {standing.ref} may do this.",
            "Ask its commander, whoever is on call, the CAB or a member of the owner team.",
            source="people",
        )


def _answers(verb: str, standing: Standing) -> bool:
    if verb in BY_ANYBODY:
        return True
    return standing.responds or (standing.reported and verb not in BY_RESPONDERS)


def _state(verb: str, standing: Standing) -> Iterator[Reason]:
    if verb == "declare":
        return
    sources = MOVES[verb].sources if verb in MOVES else STAYS[verb]
    if standing.state not in sources:
        since = f", since {standing.since:%a %-d %b %H:%M} UTC" if standing.since else ""
        yield Reason(
            "wrong_state",
            f"{standing.ref} is {standing.state}{since}.",
            _remedy(verb, standing),
            source=standing.ref,
        )


def _remedy(verb: str, standing: Standing) -> str:
    if standing.folded_into:
        return f"Go on in {standing.folded_into}."
    if standing.state == State.CLOSED:
        return "Reopen it if the trouble is back, or declare a new incident."
    if verb in MOVES and ORDER.index(State(standing.state)) >= ORDER.index(MOVES[verb].target):
        return "Nothing need be done: somebody said so before you."
    return "Nothing need be done: it is open."

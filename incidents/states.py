"""The lifecycle of an incident as one table: its states, and which verb leads where. Pure.

Everything that guards a state is made from `MOVES`: the rules, the buttons, the trigger in
PostgreSQL, the diagram in the docs.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    DECLARED = "declared"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Move:
    """A verb's way through the graph: from any of `sources` to `target`."""

    sources: tuple[State, ...]
    target: State


INITIAL = State.DECLARED
# Service is not restored yet: it holds changes at the gate, and its clocks run.
OPEN = (State.DECLARED, State.ACKNOWLEDGED, State.MITIGATED)
OVER = (State.RESOLVED, State.CLOSED)
ORDER = (*OPEN, *OVER)

# Note [States passed on the way]
# Whoever restores service at 03:00 says so once: a verb leads past the states before its target,
# and each of them is stamped with the same instant and told as passed. So `close` ends an incident
# from wherever it stands, and its note is the person's reason for calling it resolved.
MOVES: dict[str, Move] = {
    "acknowledge": Move((State.DECLARED,), State.ACKNOWLEDGED),
    "mitigate": Move((State.DECLARED, State.ACKNOWLEDGED), State.MITIGATED),
    "resolve": Move(OPEN, State.RESOLVED),
    "close": Move((*OPEN, State.RESOLVED), State.CLOSED),
    "reopen": Move((State.MITIGATED, State.RESOLVED, State.CLOSED), State.ACKNOWLEDGED),
}


def passed(verb: str, *, source: State) -> tuple[State, ...]:
    """The states between `source` and the verb's target, in order; none on the way back."""
    return ORDER[ORDER.index(source) + 1 : ORDER.index(MOVES[verb].target)]


def edges() -> list[tuple[State, State]]:
    """Every pair (source, target) that some verb allows, each once, sorted."""
    return sorted({(source, move.target) for move in MOVES.values() for source in move.sources})


def mermaid() -> str:
    """The graph as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {INITIAL}"]
    for verb, move in MOVES.items():
        lines += [f"    {source} --> {move.target}: {verb}" for source in move.sources]
    return "\n".join([*lines, f"    {State.CLOSED} --> [*]"])

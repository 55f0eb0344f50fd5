"""The lifecycle as one table: states, kinds, outcomes, and which verb leads where.

Everything that guards a state is made from `MOVES`: the transitions on the model, the trigger in
PostgreSQL, the rules, the diagram in the README.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    PLANNING = "planning"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    IMPLEMENTING = "implementing"
    VALIDATING = "validating"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Kind(StrEnum):
    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class Outcome(StrEnum):
    SUCCESSFUL = "successful"
    SUCCESSFUL_WITH_ISSUES = "successful_with_issues"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Move:
    """A verb's way through the graph: from any of `sources` to `target`."""

    sources: tuple[State, ...]
    target: State


MOVES: dict[str, Move] = {
    "submit": Move((State.PLANNING,), State.AWAITING_APPROVAL),
    "approve": Move((State.AWAITING_APPROVAL,), State.SCHEDULED),
    "reject": Move((State.AWAITING_APPROVAL,), State.PLANNING),
    "revise": Move((State.AWAITING_APPROVAL, State.SCHEDULED), State.PLANNING),
    "start": Move((State.SCHEDULED,), State.IMPLEMENTING),
    "break_glass": Move((State.AWAITING_APPROVAL,), State.IMPLEMENTING),
    "finish": Move((State.IMPLEMENTING,), State.VALIDATING),
    "retry": Move((State.VALIDATING,), State.IMPLEMENTING),
    "roll_back": Move((State.IMPLEMENTING, State.VALIDATING), State.VALIDATING),
    "close": Move((State.VALIDATING,), State.CLOSED),
    "cancel": Move((State.PLANNING, State.AWAITING_APPROVAL, State.SCHEDULED), State.CANCELLED),
    # Said by Tidegate alone, of what was deployed already; see Note [Deployed without leave].
    "detect": Move((State.PLANNING,), State.VALIDATING),
    "clear": Move((State.VALIDATING,), State.CANCELLED),
}

INITIAL = State.PLANNING
FINAL = frozenset({State.CLOSED, State.CANCELLED})
NOT_STARTED = (State.PLANNING, State.AWAITING_APPROVAL, State.SCHEDULED)

# Verbs that leave the state as it is, and the states they may be said in.
STAYS: dict[str, tuple[State, ...]] = {
    "edit": (*NOT_STARTED, State.IMPLEMENTING, State.VALIDATING),
    "vote": (State.AWAITING_APPROVAL, State.IMPLEMENTING, State.VALIDATING),
    "hold": NOT_STARTED,
    "resume": NOT_STARTED,
    "check": (State.IMPLEMENTING, State.VALIDATING),
    "deploy": (State.SCHEDULED, State.IMPLEMENTING),
    "step": (State.IMPLEMENTING,),
    "review": (State.IMPLEMENTING, State.VALIDATING),
}


class TaskKind(StrEnum):
    """What a task of a change is for, in the order in which they are worked on."""

    PLAN = "plan"
    IMPLEMENT = "implement"
    TEST = "test"
    REVIEW = "review"


class TaskState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DONE = "done"
    WAIVED = "waived"
    CANCELLED = "cancelled"


TODO = (TaskState.OPEN, TaskState.IN_PROGRESS)
# Tasks are held, resumed and cancelled with their change, by `lifecycle` alone.
TASK_MOVES: dict[str, tuple[tuple[TaskState, ...], TaskState]] = {
    "start": ((TaskState.OPEN,), TaskState.IN_PROGRESS),
    "finish": (TODO, TaskState.DONE),
    "waive": (TODO, TaskState.WAIVED),
    "cancel": (TODO, TaskState.CANCELLED),
    "reopen": ((TaskState.DONE, TaskState.WAIVED), TaskState.OPEN),
}
WITH_THE_CHANGE: tuple[tuple[TaskState, TaskState], ...] = (
    *((state, TaskState.ON_HOLD) for state in TODO),
    *((TaskState.ON_HOLD, state) for state in (*TODO, TaskState.CANCELLED)),
)


class StepState(StrEnum):
    """Where a step of a canary stands; `ended` is one whose rollout was begun anew or is over."""

    SOAKING = "soaking"
    STABLE = "stable"
    FAILED = "failed"
    ENDED = "ended"


# The check that CI reports with a deployment that ended.
DEPLOYMENT = "deployment"
UNSUCCESSFUL = frozenset({Outcome.ROLLED_BACK, Outcome.FAILED})


class TemplateState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    RETIRED = "retired"


# The life of a standard template: verb → from, to. The trigger in PostgreSQL is made from it.
TEMPLATE_MOVES: dict[str, tuple[tuple[TemplateState, ...], TemplateState]] = {
    "propose": ((TemplateState.DRAFT,), TemplateState.PROPOSED),
    "withdraw": ((TemplateState.PROPOSED,), TemplateState.DRAFT),
    "send_back": ((TemplateState.PROPOSED,), TemplateState.DRAFT),
    "approve": ((TemplateState.PROPOSED,), TemplateState.APPROVED),
    "publish": ((TemplateState.APPROVED,), TemplateState.PUBLISHED),
    "suspend": ((TemplateState.PUBLISHED,), TemplateState.SUSPENDED),
    "reinstate": ((TemplateState.SUSPENDED,), TemplateState.PUBLISHED),
    "retire": (
        (
            TemplateState.DRAFT,
            TemplateState.PROPOSED,
            TemplateState.APPROVED,
            TemplateState.PUBLISHED,
            TemplateState.SUSPENDED,
        ),
        TemplateState.RETIRED,
    ),
}

# Another version of the words is proposed and decided on while the template stays in its state.
TEMPLATE_EDITS: dict[str, tuple[TemplateState, ...]] = dict.fromkeys(
    ("propose", "withdraw", "send_back", "approve"),
    (TemplateState.PUBLISHED, TemplateState.SUSPENDED),
)


def sources(verb: str) -> tuple[State, ...]:
    """The states in which `verb` may be said; raises KeyError for an unknown verb."""
    return MOVES[verb].sources if verb in MOVES else STAYS[verb]


def edges() -> list[tuple[State, State]]:
    """Every pair (source, target) of different states that some verb allows, each once, sorted."""
    pairs = {
        (source, move.target)
        for move in MOVES.values()
        for source in move.sources
        if source != move.target
    }
    return sorted(pairs)


def mermaid() -> str:
    """The graph as a Mermaid state diagram, as the README shows it."""
    lines = ["stateDiagram-v2", f"    [*] --> {INITIAL}"]
    for verb, move in MOVES.items():
        lines += [f"    {source} --> {move.target}: {verb}" for source in move.sources]
    lines += [f"    {state} --> [*]" for state in sorted(FINAL)]
    return "\n".join(lines)


def task_edges() -> list[tuple[TaskState, TaskState]]:
    """Every pair (source, target) that a task's verb or its change allows, each once, sorted."""
    said = {(source, target) for sources, target in TASK_MOVES.values() for source in sources}
    return sorted(said | set(WITH_THE_CHANGE))

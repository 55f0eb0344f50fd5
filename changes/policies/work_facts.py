"""What the rules look at of the work on a change: its tasks, and the checks asked of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.states import TaskKind, TaskState
from changes.windows import Interval


@dataclass(frozen=True, slots=True)
class CheckRuleFacts:
    """A check that a rule asks of this change; `ours` where we run it, until it held for `soak`."""

    key: int
    name: str
    ours: bool = False
    soak: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class CheckRunFacts:
    """The newest run of a check that we run, while it goes on."""

    name: str
    soak: timedelta
    holding_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task of the change. `by` is who ended it, at `at`; `assignee` is "" where it has none."""

    number: int
    kind: TaskKind
    title: str
    state: TaskState
    description: str = ""
    assignee: str = ""
    planned: Interval | None = None
    reason: str = ""
    by: str = ""
    at: datetime | None = None

"""What the rules look at of a change that is rolled out in steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.states import StepState


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A share of the traffic in percent, and for how long it must hold."""

    percent: int
    soak: timedelta


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What a step is judged by, as it was last looked at; never, where `last_at` is None.

    `word` names what the last look found and `said` tells it; `misses` counts the looks whose
    figure was beyond its bounds.
    """

    name: str
    soak: timedelta
    interval: timedelta
    holding_since: datetime | None = None
    last_at: datetime | None = None
    word: str = ""
    said: str = ""
    misses: int = 0
    failures_allowed: int = 0


@dataclass(frozen=True, slots=True)
class StepFacts:
    """The step a rollout has reached."""

    percent: int
    state: StepState
    measures: tuple[MeasureFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class CanaryFacts:
    """The planned steps, and the one reached; `asked` is the percentage somebody wants to go to."""

    steps: tuple[PlannedStep, ...]
    reached: StepFacts | None = None
    asked: int | None = None

    @property
    def next_step(self) -> PlannedStep | None:
        """The step after the one reached; None after the last."""
        at = self.reached.percent if self.reached else 0
        return next((step for step in self.steps if step.percent > at), None)

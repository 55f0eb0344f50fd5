"""What is known of a canary on its way: its steps, what judged them, and what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.models import User
from changes import policies
from changes.models import Change, RolloutStep, StepLook, StepMeasure
from changes.policies import Facts, canary
from changes.policies.canary_facts import MeasureFacts, PlannedStep
from changes.queries import facts as gathered
from changes.states import State, StepState
from ledger.decision import rfc3339

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, its measures by name, and their newest looks, oldest first."""

    step: RolloutStep
    measures: Sequence[StepMeasure]
    seen: Sequence[StepLook] = ()


def taken(change: Change, *, looks: int = SHOWN) -> list[Taken]:
    """The steps a change took, oldest first, with the newest `looks` at each measure of the last.

    Two statements, and one more for the looks; the first alone where no step was taken.
    """
    steps = list(RolloutStep.objects.filter(change=change).order_by("pk"))
    if not steps:
        return []
    measures = list(StepMeasure.objects.filter(step__in=steps).order_by("name"))
    last = [one.pk for one in measures if one.step_id == steps[-1].pk]
    seen: list[StepLook] = []
    if looks:
        newest = StepLook.objects.filter(measure__in=last).order_by("-id")
        seen = list(newest[: looks * len(last)])[::-1]
    return [
        Taken(
            step,
            [one for one in measures if one.step_id == step.pk],
            seen if step is steps[-1] else (),
        )
        for step in steps
    ]


def measure_facts(measure: StepMeasure) -> MeasureFacts:
    """A measure as the rules look at it."""
    return MeasureFacts(
        measure.name,
        measure.soak,
        measure.interval,
        measure.holding_since,
        measure.last_at,
        word=measure.word,
        said=measure.said,
        misses=measure.misses,
        failures_allowed=measure.failures_allowed,
    )


def figure_of(measure: StepMeasure) -> dict[str, Any]:
    """What was asked and found last, as plain values for JSON."""
    asks = measure.asks
    return {
        "check": measure.name,
        "how": asks["how"],
        "query": asks.get("query") or asks.get("url", ""),
        "baseline_query": asks.get("baseline_query", ""),
        "comparison": asks.get("comparison", ""),
        "threshold": asks.get("threshold"),
        "tolerated_ratio": asks.get("tolerated_ratio"),
        "tolerated_difference": asks.get("tolerated_difference"),
        "least_traffic": asks.get("least_traffic"),
        "value": measure.value,
        "baseline": measure.baseline,
        "traffic": measure.traffic,
        "found": measure.word,
        "said": measure.said,
        "looked_at": rfc3339(measure.last_at),
        "holding_since": rfc3339(measure.holding_since),
        "soak_seconds": round(measure.soak.total_seconds()),
        "looks": measure.looks,
        "failures": measure.misses,
        "failures_allowed": measure.failures_allowed,
    }


@dataclass(frozen=True, slots=True)
class Rollout:
    """A canary as it stands: what was planned, what was done, and what comes next.

    `answer` is None while the change does not run, and where it has no steps.
    """

    change: Change
    planned: Sequence[PlannedStep]
    steps: Sequence[Taken]
    answer: canary.Answer | None

    @property
    def reached(self) -> Taken | None:
        """The step the rollout of now has reached."""
        last = self.steps[-1] if self.steps else None
        return None if last is None or last.step.state == StepState.ENDED else last


def rollout(change: Change, facts: Facts, *, now: datetime, looks: int = 0) -> Rollout:
    """The rollout of a change, with so many of the newest looks at its last step."""
    return Rollout(
        change,
        canary.planned(steps=change.canary_steps, minutes=change.canary_soak_minutes),
        taken(change, looks=looks) if change.canary_steps else [],
        _answer(facts, now=now),
    )


def rollout_of(change: Change, *, actor: User, now: datetime) -> Rollout:
    """`rollout` of a change by itself."""
    return rollout(change, gathered.of(change, actor=actor, now=now), now=now)


def _answer(facts: Facts, *, now: datetime) -> canary.Answer | None:
    if facts.canary is None or facts.state is not State.IMPLEMENTING:
        return None
    objections = policies.may("deploy", facts, now=now).reasons
    return canary.answer(facts.canary, objections=objections, zone=facts.zone, now=now)

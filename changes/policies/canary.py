"""Rules about a canary: one step after the other, each proven before the next.

# Note [What proves a step]
A step is stable once every measure has held for its soak time without a gap, as looks of checks do
(Note [What counts as holding] in `soaking`). Only a figure beyond its bounds speaks against the
canary, and more of those than are allowed fail the step: it can only be rolled back. No answer, an
empty one, none in time, NaN or too little traffic speaks neither for nor against it: the soak
begins anew, and nobody goes on meanwhile. A step that is stable is looked at until the next begins.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from changes.policies.canary_facts import CanaryFacts, MeasureFacts, PlannedStep, StepFacts
from changes.policies.facts import Facts
from changes.policies.reasons import listed, moment, spell
from changes.policies.soaking import Look, Sample, held_since, longest_gap
from changes.states import UNSUCCESSFUL, State, StepState
from ledger.decision import Reason

DEFAULT_SOAK: Final = timedelta(minutes=10)
SOONEST, LATEST = timedelta(seconds=5), timedelta(minutes=5)


class Verdict(StrEnum):
    """What a pipeline does next."""

    SOAK = "soak"  # the step has not held for long enough yet
    WAIT = "wait"  # it has, and something else is in the way
    PROCEED = "proceed"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes next, when, and what is in the way."""

    verdict: Verdict
    next_percent: int | None
    ready_at: datetime | None = None
    retry_after: timedelta | None = None
    reasons: tuple[Reason, ...] = ()


def planned(*, steps: Collection[int], minutes: Collection[int]) -> tuple[PlannedStep, ...]:
    """The steps of a plan; one length of `minutes` is for all of them, none is ten."""
    lengths = [timedelta(minutes=one) for one in minutes] or [DEFAULT_SOAK]
    every = (*lengths, *lengths[-1:] * len(steps))
    return tuple(PlannedStep(*pair) for pair in zip(steps, every, strict=False))


def after(measure: MeasureFacts, sample: Sample) -> MeasureFacts:
    """The measure after one more look."""
    return replace(
        measure,
        holding_since=held_since(
            measure.holding_since, measure.last_at, sample, interval=measure.interval
        ),
        last_at=sample.at,
        word=str(sample.word),
        said=sample.said,
        misses=measure.misses + (sample.word in (Look.MISSED, Look.ALERTS)),
    )


def due_at(measure: MeasureFacts, *, now: datetime) -> datetime:
    """When it is looked at next: sooner where its soak time ends between two looks."""
    due = now + measure.interval
    if measure.holding_since is None:
        return due
    soaked = measure.holding_since + measure.soak
    return soaked if now < soaked < due else due


def state_after(step: StepFacts, *, now: datetime) -> StepState:
    """Where the step stands at `now`; see Note [What proves a step]."""
    if step.state not in (StepState.SOAKING, StepState.STABLE):
        return step.state
    if any(one.misses > one.failures_allowed for one in step.measures):
        return StepState.FAILED
    if step.state is StepState.STABLE:
        return StepState.STABLE
    proven = bool(step.measures) and all(_is_proven(one, now) for one in step.measures)
    return StepState.STABLE if proven else StepState.SOAKING


def _is_proven(measure: MeasureFacts, now: datetime) -> bool:
    since, last = measure.holding_since, measure.last_at
    if since is None or last is None or now - last > longest_gap(measure.interval):
        return False
    return last - since >= measure.soak


def ready_at(step: StepFacts, *, now: datetime) -> datetime | None:
    """When a step will be stable if all goes on holding; None where something does not hold, or
    nobody has looked for so long that the soak will begin anew."""
    if step.state is not StepState.SOAKING or not step.measures or _unwatched(step, now):
        return None
    ends = [one.holding_since + one.soak for one in step.measures if one.holding_since]
    return max(ends) if len(ends) == len(step.measures) else None


def _unwatched(step: StepFacts, now: datetime) -> list[MeasureFacts]:
    """The measures that hold, as far as was seen long ago."""
    return [
        one
        for one in step.measures
        if one.holding_since and one.last_at and now - one.last_at > longest_gap(one.interval)
    ]


def answer(
    canary: CanaryFacts, *, objections: Collection[Reason], zone: str, now: datetime
) -> Answer:
    """What a pipeline does next; `objections` are what stands in the way of any deployment now."""
    step, following = canary.reached, canary.next_step
    percent = following.percent if following else None
    if step is not None and step.state is StepState.FAILED:
        return Answer(Verdict.ROLL_BACK, None, reasons=(_failed(step),))
    if step is not None and step.state is StepState.SOAKING:
        ready = ready_at(step, now=now)
        waits = (_not_stable(step, zone, now), *objections)
        return Answer(Verdict.SOAK, percent, ready, _later(ready, step, now), waits)
    if objections:
        until = max((one.until for one in objections if one.until), default=None)
        return Answer(Verdict.WAIT, percent, None, _later(until, step, now), tuple(objections))
    return Answer(Verdict.PROCEED, percent)


def _later(until: datetime | None, step: StepFacts | None, now: datetime) -> timedelta:
    """After how long to ask again: when it may be ready, and neither too soon nor too late."""
    if until is not None:
        left = timedelta(seconds=ceil((until - now).total_seconds()))
    else:
        intervals = [one.interval for one in step.measures] if step else []
        left = min(intervals, default=timedelta(seconds=30))
    return min(max(left, SOONEST), LATEST)


def step_comes_next(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A step follows the one before it, which has proven stable."""
    canary = facts.canary
    if facts.state is not State.IMPLEMENTING:
        return
    if canary is None:
        yield Reason(
            "no_canary_steps",
            f"{facts.ref} is not planned as a canary in steps.",
            "Report how the deployment ended; plan the next one with canary_steps.",
            source="plan",
        )
        return
    step, following, asked = canary.reached, canary.next_step, canary.asked
    if step is not None and asked is not None and asked < step.percent:
        yield Reason(
            "step_behind",
            f"{facts.ref} is at {step.percent} % already.",
            f"Go on to {following.percent} %, or roll it back."
            if following
            else "Report how the deployment ended, or roll it back.",
            source="canary",
        )
        return
    if following is not None and asked is not None and asked > following.percent:
        yield Reason(
            "step_skipped",
            f"The next step of {facts.ref} is {following.percent} %, not {asked} %.",
            f"Report {following.percent} % first: each step proves itself before the next.",
            source="canary",
        )
    yield from step_is_stable(facts, now)


def step_is_stable(facts: Facts, now: datetime) -> Iterator[Reason]:
    """The step reached has held for its soak time."""
    step = facts.canary.reached if facts.canary else None
    if step is None:
        return
    if step.state is StepState.FAILED:
        yield _failed(step)
    elif step.state is not StepState.STABLE:
        yield _not_stable(step, facts.zone, now)


def no_step_failed(facts: Facts, now: datetime) -> Iterator[Reason]:
    """After a step that failed nothing is deployed: what is there is rolled back."""
    step = facts.canary.reached if facts.canary else None
    if step is not None and step.state is StepState.FAILED:
        yield _failed(step)


def rollout_is_whole(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A canary goes out to all, or closes as successful, when its last step has proven stable.

    Not asked of a deployment that failed, nor of what was rolled back.
    """
    canary = facts.canary
    if canary is None or facts.rolled_back or facts.outcome in UNSUCCESSFUL:
        return
    begun = canary.reached is not None
    if facts.deployment_failed or (facts.state is not State.IMPLEMENTING and not begun):
        return
    following = canary.next_step
    if following is not None:
        yield Reason(
            "steps_missing",
            f"The step to {following.percent} % of {facts.ref} is still ahead.",
            f"Report it when it is out: status step, percent {following.percent}.",
            source="canary",
        )
    yield from step_is_stable(facts, now)


def _failed(step: StepFacts) -> Reason:
    bad = [one for one in step.measures if one.misses > one.failures_allowed]
    why = " ".join(f"{one.name}: {one.said}" for one in bad)
    return Reason(
        "step_failed",
        f"The step to {step.percent} % failed. {why}".rstrip(),
        "Roll it back: nothing more of it is deployed.",
        source="canary",
    )


def _not_stable(step: StepFacts, zone: str, now: datetime) -> Reason:
    """Why the step is not stable yet, and when it will be, if it goes on holding."""
    idle = [one for one in step.measures if one.holding_since is None]
    ready, unwatched = ready_at(step, now=now), _unwatched(step, now)
    if step.state is StepState.ENDED:
        why = "the deployment ended before."
    elif idle:
        why = f"{listed(one.name for one in idle)} {'do' if len(idle) > 1 else 'does'} not hold: "
        why += " ".join(one.said or "nobody has looked yet." for one in idle)
    elif unwatched:
        last = min(one.last_at for one in unwatched if one.last_at)
        why = f"nobody has looked since {moment(last, zone, now=now)}."
    elif ready is None:
        why = "nothing measures it."
    else:
        longest = max(one.soak for one in step.measures)
        why = f"it must hold for {spell(longest)}, until {moment(ready, zone, now=now)}."
    return Reason(
        "step_not_stable",
        f"The step to {step.percent} % is not stable yet: {why}",
        "Ask again then, or roll it back.",
        until=ready if ready and ready > now else None,
        source="canary",
    )

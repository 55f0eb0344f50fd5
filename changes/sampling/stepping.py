"""Looking at the measures of canaries that are due, as `working` does at checks.

A worker takes one by moving its due time ahead by a lease, looks without holding any lock, and
writes what it found if the measure is still as it took it.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog import leases
from changes.lifecycle import rollouts
from changes.models import Change, RolloutStep, StepLook, StepMeasure
from changes.policies import canary
from changes.policies.canary_facts import MeasureFacts, StepFacts
from changes.policies.reasons import spell
from changes.policies.soaking import Sample
from changes.queries.check_words import How
from changes.queries.refs import locked
from changes.queries.rollouts import figure_of, measure_facts
from changes.sampling.comparing import look_at_canary, look_at_reports
from changes.states import State, StepState
from ledger.decision import rfc3339

LEASE = timedelta(seconds=90)  # Longer than the longest look, which may ask three times.
KEPT = 2000
TOLD = 60
_SAID = StepLook._meta.get_field("said").max_length or 0
_OPEN = (StepState.SOAKING, StepState.STABLE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A measure that was taken, until `due_at`."""

    measure: StepMeasure
    due_at: datetime


def look_at_steps(*, now: datetime) -> bool:
    """Look at the measure that has been due the longest; False where none is."""
    claim = claimed(now)
    if claim is None:
        return False
    measure, begun = claim.measure, time.monotonic()
    if measure.asks["how"] == How.REPORTED:
        sample = look_at_reports(measure.step, measure.asks["name"], now=now)
    else:
        sample = look_at_canary(asks=measure.asks, server=measure.server, now=now)
    keep(claim, sample, took_ms=round((time.monotonic() - begun) * 1000))
    return True


def claimed(now: datetime) -> Claim | None:
    """The measure that has been due the longest and is free, taken for the length of a lease."""
    due = StepMeasure.objects.filter(due_at__lte=now).select_related("server", "step")
    measure = leases.taken(due, until=now + LEASE)
    return Claim(measure, now + LEASE) if measure is not None else None


@transaction.atomic
def keep(claim: Claim, sample: Sample, *, took_ms: int) -> None:
    """Write the look and what follows from it, unless another worker or the change went on.

    The change is locked before the step, as the lifecycle does.
    """
    change = locked(ref=f"CHG-{claim.measure.step.change_id}")
    step = RolloutStep.objects.select_for_update().get(pk=claim.measure.step_id)
    measure = StepMeasure.objects.select_for_update().get(pk=claim.measure.pk)
    if measure.due_at != claim.due_at:
        return
    _write(measure, sample, took_ms=took_ms)
    if change.state != State.IMPLEMENTING or step.state not in _OPEN:
        StepMeasure.objects.filter(pk=measure.pk).update(due_at=None)
        return
    _decide(step, change, now=sample.at)


def _write(measure: StepMeasure, sample: Sample, *, took_ms: int) -> None:
    seen = {
        "word": str(sample.word),
        "said": sample.said[:_SAID],
        "value": sample.value,
        "baseline": sample.baseline,
        "traffic": sample.traffic,
    }
    StepLook.objects.create(measure=measure, at=sample.at, took_ms=took_ms, **seen)
    after: MeasureFacts = canary.after(measure_facts(measure), sample)
    for name, value in seen.items():
        setattr(measure, name, value)
    measure.holding_since, measure.last_at = after.holding_since, after.last_at
    measure.misses, measure.looks = after.misses, measure.looks + 1
    measure.due_at = canary.due_at(after, now=sample.at)
    measure.save()
    if measure.looks > KEPT and measure.looks % TOLD == 0:
        newest = measure.seen.order_by("-id").values("pk")[:KEPT]
        measure.seen.exclude(pk__in=newest).delete()


def _decide(step: RolloutStep, change: Change, *, now: datetime) -> None:
    measures = list(step.measures.all())
    facts = StepFacts(step.percent, StepState(step.state), tuple(map(measure_facts, measures)))
    state = canary.state_after(facts, now=now)
    if state == step.state:
        return
    rollouts.conclude(
        step,
        state,
        change=change,
        detail=_detail(step, measures, state),
        evidence=_evidence(measures),
        now=now,
    )


def _detail(step: RolloutStep, measures: list[StepMeasure], state: StepState) -> str:
    """How it was decided, in a sentence for each measure that decided it."""
    if state is StepState.FAILED:
        bad = [one for one in measures if one.misses > one.failures_allowed]
        said = " ".join(f"{one.name}: {one.said}" for one in bad)
        return f"The step to {step.percent} % failed. {said}"
    held = "; ".join(f"{one.name} held for {spell(one.soak)}" for one in measures)
    return f"The step to {step.percent} % is stable: {held}."


def _evidence(measures: list[StepMeasure]) -> dict[str, Any]:
    """The figures as they stood, and the newest looks at each, oldest first."""
    return {
        "figures": [figure_of(one) for one in measures],
        "seen": {one.name: _newest(one) for one in measures},
    }


def _newest(measure: StepMeasure) -> list[dict[str, Any]]:
    return [
        {
            "at": rfc3339(one.at),
            "found": one.word,
            "value": one.value,
            "baseline": one.baseline,
            "traffic": one.traffic,
            "said": one.said,
        }
        for one in reversed(measure.seen.order_by("-id")[:TOLD])
    ]

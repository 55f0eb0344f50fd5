"""A canary's rollout on the wire."""

from typing import Any

from rest_framework import serializers

from catalog.api_schema import ReasonShown
from changes.api.shape_parts import instant, word
from changes.models.choices import StateWord, StepWord
from changes.policies.canary import Answer, Verdict
from changes.policies.canary_facts import PlannedStep
from changes.queries.rollouts import Rollout, Taken, figure_of
from changes.states import StepState
from ledger.decision import rfc3339

PLANNED = "planned"


def _number(text: str) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=text)


def _count(text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, help_text=text)


class FigureShown(serializers.Serializer):
    """What one measure of a step was asked, and what it found last."""

    check = word("The check rule's name.")
    how = word("prometheus, probe or reported.")
    query = word("What was asked for the canary: PromQL, or an address.")
    baseline_query = word("What was asked for the baseline, or empty.")
    comparison = word()
    threshold = _number("The canary's figure is compared with it.")
    tolerated_ratio = _number("How many times the baseline it may be.")
    tolerated_difference = _number("How far from the baseline it may be.")
    least_traffic = _number("With less than this it is not judged.")
    value = _number("The canary's figure.")
    baseline = _number("The baseline's figure.")
    traffic = _number("What both are made of.")
    found = word("held, missed, or why there is no figure; empty before the first look.")
    said = word("The same in a sentence.")
    looked_at = instant()
    holding_since = instant("Null while it does not hold.")
    soak_seconds = _count("For how long it must hold.")
    looks = _count()
    failures = _count("How many looks were beyond the bounds.")
    failures_allowed = _count()


class StepShown(serializers.Serializer):
    """Where a step stands, and what comes next."""

    percent = serializers.IntegerField(allow_null=True, help_text="Null before the first step.")
    state = serializers.ChoiceField(StepWord.choices, allow_null=True)
    next_percent = serializers.IntegerField(allow_null=True, help_text="Null after the last step.")
    verdict = serializers.ChoiceField(
        [str(one) for one in Verdict],
        allow_null=True,
        help_text="soak: not proven yet; wait: proven, and something else is in the way; proceed: "
        "take the next step, or report success after the last; roll_back: it failed. Null while "
        "the change does not run. Anything but proceed means no.",
    )
    ready_at = instant("When it will be stable, if all goes on holding.")
    retry_after_seconds = serializers.IntegerField(allow_null=True)
    reasons = ReasonShown(many=True)
    figures = FigureShown(many=True)


class TakenShown(serializers.Serializer):
    """One step, planned or taken."""

    percent = serializers.IntegerField()
    soak_seconds = _count()
    state = serializers.ChoiceField([PLANNED, *StepWord.values])
    began_at = instant()
    stable_at = instant()
    ended_at = instant()
    detail = word("How it was decided.")
    figures = FigureShown(many=True)


class RolloutShown(serializers.Serializer):
    """A canary: where it stands, and every step it took or will take."""

    change = word()
    state = serializers.ChoiceField(StateWord.choices)
    step = StepShown()
    steps = TakenShown(many=True)


def rollout(found: Rollout) -> dict[str, Any]:
    """`RolloutShown`."""
    at = found.reached.step.percent if found.reached else 0
    ahead = [one for one in found.planned if one.percent > at]
    return {
        "change": found.change.ref,
        "state": found.change.state,
        "step": step(found),
        "steps": [*map(_taken, found.steps), *map(_ahead, ahead)],
    }


def step(found: Rollout) -> dict[str, Any]:
    """`StepShown`."""
    at, said = found.reached, found.answer
    return {
        "percent": at.step.percent if at else None,
        "state": at.step.state if at else None,
        **_next(said),
        "figures": [figure_of(one) for one in at.measures] if at else [],
    }


def _next(said: Answer | None) -> dict[str, Any]:
    wait = said.retry_after if said else None
    return {
        "next_percent": said.next_percent if said else None,
        "verdict": str(said.verdict) if said else None,
        "ready_at": rfc3339(said.ready_at) if said else None,
        "retry_after_seconds": round(wait.total_seconds()) if wait else None,
        "reasons": [one.as_json() for one in said.reasons] if said else [],
    }


def _taken(one: Taken) -> dict[str, Any]:
    row = one.step
    figures = row.evidence.get("figures") if row.state != StepState.SOAKING else None
    return {
        "percent": row.percent,
        "soak_seconds": round(row.soak.total_seconds()),
        "state": row.state,
        "began_at": rfc3339(row.began_at),
        "stable_at": rfc3339(row.stable_at),
        "ended_at": rfc3339(row.ended_at),
        "detail": row.detail,
        "figures": figures or [figure_of(measure) for measure in one.measures],
    }


def _ahead(planned: PlannedStep) -> dict[str, Any]:
    return {
        "percent": planned.percent,
        "soak_seconds": round(planned.soak.total_seconds()),
        "state": PLANNED,
        "began_at": None,
        "stable_at": None,
        "ended_at": None,
        "detail": "",
        "figures": [],
    }

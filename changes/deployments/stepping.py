"""A canary goes on to its next step, where everything that guards a deployment lets it."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError

from catalog.models import User
from changes import lifecycle, policies
from changes.lifecycle.moving import decide
from changes.models import Change, Deployment
from changes.policies import Facts
from changes.policies.canary_facts import CanaryFacts, PlannedStep
from changes.policies.reasons import listed
from ledger.decision import Decision, Refused


@dataclass(frozen=True, slots=True)
class Ahead:
    """The step that may begin, as it was planned; `known` is the report of one that has begun."""

    facts: Facts
    planned: PlannedStep
    known: Deployment | None = None


def decided(change: Change, percent: int | None, *, actor: User, now: datetime) -> Ahead:
    """The step to `percent` of a locked change, if it may begin now, or has begun before.

    Every rule of a deployment is asked again, beside those of steps. Raises `Refused` and, for
    what is no step of the plan, `ValidationError`.
    """
    change, facts = lifecycle.locked_facts(ref=change.ref, actor=actor, now=now)
    if facts.canary is None:
        raise Refused(policies.may("step", facts, now=now), ref=change.ref)
    planned = _planned(change, facts.canary, percent)
    asked = replace(facts, canary=replace(facts.canary, asked=planned.percent))
    reached = facts.canary.reached
    if reached is not None and reached.percent == planned.percent:
        decide(change, "check", facts=facts, now=now)
        return Ahead(facts, planned, _report_of(change, planned))
    _demand(change, asked, now=now)
    return Ahead(facts, planned)


def _planned(change: Change, canary: CanaryFacts, percent: int | None) -> PlannedStep:
    for step in canary.steps:
        if step.percent == percent:
            return step
    steps = listed(f"{step.percent}" for step in canary.steps)
    told = "Say how far the step goes" if percent is None else f"{percent} % is no step"
    raise ValidationError({"percent": f"{told}: those of {change.ref} are {steps} %."})


def _report_of(change: Change, planned: PlannedStep) -> Deployment:
    reports = Deployment.objects.filter(change=change, percent=planned.percent)
    return reports.select_related("reported_by").latest("pk")


def _demand(change: Change, asked: Facts, *, now: datetime) -> None:
    """Raise `Refused` with what speaks against the step, and against any deployment now.

    In the wrong state, that alone: no step is asked for another reason.
    """
    step = policies.may("step", asked, now=now)
    if "wrong_state" in step.codes:
        raise Refused(step, ref=change.ref)
    deploy = policies.may("deploy", asked, now=now)
    reasons = dict.fromkeys((*step.reasons, *deploy.reasons))
    if reasons:
        raise Refused(Decision("step", tuple(reasons), deploy.warnings), ref=change.ref)

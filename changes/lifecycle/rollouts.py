"""Steps of a canary: begun when reported, decided by what is seen, over when the change goes on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from changes.lifecycle.moving import record
from changes.models import Change, CheckRule, Deployment, RolloutStep, StepMeasure
from changes.policies import Facts
from changes.policies.canary_facts import PlannedStep
from changes.queries.check_words import How, canary_asks
from changes.states import StepState

REPORTED = "reported checks"
VERBS = {StepState.STABLE: "deployment.step_stable", StepState.FAILED: "deployment.step_failed"}


def begin(
    change: Change, facts: Facts, planned: PlannedStep, *, deployment: Deployment, now: datetime
) -> RolloutStep:
    """Begin a step of a locked change, with all that it is judged by.

    Where no rule measures it, only checks that CI reports from now on prove it.
    """
    _stop_looking(change)
    step = RolloutStep.objects.create(
        change=change,
        deployment=deployment,
        percent=planned.percent,
        soak=planned.soak,
        began_at=now,
    )
    words = {
        "service": facts.service,
        "environment": facts.environment,
        "revision": change.revision,
        "change": change.ref,
    }
    rules = measuring(change, facts)
    measures = [_measure(step, rule, words, now=now) for rule in rules] or [_reported(step, now)]
    StepMeasure.objects.bulk_create(measures)
    return step


def measuring(change: Change, facts: Facts) -> list[CheckRule]:
    """The rules that judge the steps of this change, by name."""
    rules = CheckRule.objects.filter(is_active=True, used_for=CheckRule.Use.CANARY)
    return [
        rule
        for rule in rules.select_related("server").order_by("name")
        if rule.template_id in (None, change.template_id)
        and all(
            not some or one in some
            for some, one in (
                (rule.kinds, facts.kind),
                (rule.categories, facts.category),
                (rule.services, facts.service),
                (rule.environments, facts.environment),
                (rule.tiers, facts.tier),
            )
        )
    ]


def _measure(
    step: RolloutStep, rule: CheckRule, words: Mapping[str, str], *, now: datetime
) -> StepMeasure:
    return StepMeasure(
        step=step,
        rule=rule,
        server=rule.server,
        name=rule.name,
        asks=canary_asks(rule, **words),
        interval=rule.interval,
        soak=max(step.soak, rule.soak),
        failures_allowed=rule.failures_allowed,
        due_at=now,
    )


def _reported(step: RolloutStep, now: datetime) -> StepMeasure:
    """Of a canary that no rule measures: every check that is reported since must have passed."""
    return StepMeasure(
        step=step,
        name=REPORTED,
        asks={"how": How.REPORTED, "name": ""},
        interval=CheckRule._meta.get_field("interval").default,
        soak=step.soak,
        due_at=now,
    )


def conclude(
    step: RolloutStep,
    state: StepState,
    *,
    change: Change,
    detail: str,
    evidence: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write that a step of a locked change has proven stable, or failed; what was seen stays."""
    step.state, step.detail, step.evidence = str(state), detail, dict(evidence)
    if state is StepState.STABLE:
        step.stable_at = now
    else:
        step.ended_at = now
        _stop_looking(change)
    step.save()
    says = {"percent": step.percent, "detail": detail, "figures": evidence.get("figures", [])}
    record(change, VERBS[state], actor=None, now=now, says=says, written=[step])


def over(change: Change, facts: Facts, *, now: datetime) -> Sequence[RolloutStep]:
    """End the rollout of a locked change, which went on; answers the step that soaked, if one did.

    No statement where there is none.
    """
    return _end(change, facts, (StepState.SOAKING,), now=now)


def begin_anew(change: Change, facts: Facts, *, now: datetime) -> Sequence[RolloutStep]:
    """End the step a locked change has reached: it is deployed again, from the first step on."""
    return _end(change, facts, (StepState.SOAKING, StepState.STABLE), now=now)


def _end(
    change: Change, facts: Facts, states: Collection[StepState], *, now: datetime
) -> Sequence[RolloutStep]:
    if facts.canary is None or facts.canary.reached is None:
        return ()
    _stop_looking(change)
    step = RolloutStep.objects.filter(change=change).latest("pk")
    if step.state not in states:
        return ()
    step.state, step.ended_at = str(StepState.ENDED), now
    step.save(update_fields=["state", "ended_at"])
    return (step,)


def _stop_looking(change: Change) -> None:
    due = StepMeasure.objects.filter(step__change=change, due_at__isnull=False)
    due.update(due_at=None)

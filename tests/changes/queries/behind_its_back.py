"""What is written behind the back of a question that was remembered, by whatever means."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from changes.models import Change, Check, EnvironmentLock, Requirement, Vote
from changes.states import State
from incidents.models import ErrorBudget
from tests import living

AT = living.at(70)


def others(**given: Any) -> None:
    """Another change of the service, as it is by now."""
    other = living.change_at(State.SCHEDULED, revision="other")
    Change.objects.filter(pk=other.pk).update(**given)


def begin_another(_: Change) -> None:
    living.say("start", living.change_at(State.SCHEDULED, revision="other"), minutes=60)
    living.one_at_a_time()


def begin_in_steps(change: Change) -> None:
    Change.objects.filter(pk=change.pk).update(canary_steps=[25], canary_soak_minutes=[5])
    living.say("start", living.fresh(change), minutes=60)


WRITES: dict[str, Callable[[Change], Any]] = {
    "a plan is emptied": lambda one: Change.objects.filter(pk=one.pk).update(rollback_plan=" "),
    "a vote is taken back": lambda _: Vote.objects.update(round=7),
    "a vote is another's": lambda _: Vote.objects.update(voter=living.person("manager")),
    "more votes are needed": lambda _: Requirement.objects.update(count=9),
    "a need is gone": lambda _: Requirement.objects.all().delete(),
    "a check fails": lambda one: Check.objects.create(
        change=one, name="smoke", passed=False, reported_at=AT
    ),
    "the change is held": lambda one: living.say("hold", one, minutes=61, reason="Look first."),
    "another change runs": begin_another,
    "another owes votes": lambda _: others(
        broke_glass_at=AT - timedelta(days=2), broke_glass_by=living.person("oncall")
    ),
    "another owes a review": lambda _: others(
        unauthorised_at=AT - timedelta(days=9), finished_at=AT - timedelta(days=8)
    ),
    "the error budget is spent": lambda _: ErrorBudget.objects.create(
        service=living.service(),
        name="availability",
        objective="99.9 %",
        remaining_percent=-3,
        measured_at=AT,
        reported_by=living.person("ci"),
    ),
    "the environment is locked": lambda one: EnvironmentLock.objects.create(
        environment=one.environment,
        locked_by=living.person("manager"),
        reason="A game day.",
        locked_at=AT,
        until=AT + timedelta(hours=1),
    ),
    "a canary runs": begin_in_steps,
}

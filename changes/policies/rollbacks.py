"""Rules about changes that take back what caused an incident. Pure.

# Note [Rollbacks of a cause]
Whoever agreed to a change agreed to the way back that it names. So once somebody who answers an
incident has said that a change caused it, an emergency change that carries out its rollback plan,
as it was written, in the same place and to the revision that ran before, asks for no vote and
waits for nothing: no freeze, window, lock, planned period, other incident or rule of the
organisation stops it, and each that would have is told with its start. What it needs is somebody
who carries it out. Where the plan was edited, or the cause is only suspected, it is an emergency
change like any other. It is reviewed afterwards as those are.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from changes.policies import approvals, periods, rivals
from changes.policies.facts import Facts
from changes.policies.people import Rule
from changes.states import Kind, State
from ledger.decision import Reason

VERBS = frozenset({"submit", "approve", "start", "retry", "deploy"})
PASSED: frozenset[Rule] = frozenset(
    {
        periods.inside_planned_period,
        periods.no_freeze_holds,
        periods.closed_environment_has_a_window,
        periods.service_has_no_open_major_incident,
        periods.error_budget_is_left,
        approvals.no_review_is_overdue,
        rivals.environment_is_not_locked,
        rivals.nobody_else_works_there,
        rivals.environment_has_room,
        rivals.turn_has_come,
    }
)


def goes_ahead(verb: str, facts: Facts) -> bool:
    """Whether `verb` is said of a rollback that waits for nothing."""
    return verb in VERBS and facts.takes_back_the_cause


def passes_by(rule: Rule, facts: Facts, now: datetime) -> Iterator[Reason]:
    """What a rule would say to a change that has to wait, told as a warning."""
    for reason in rule(replace(facts, kind=Kind.NORMAL), now):
        yield passed(reason, facts)


def passed(reason: Reason, facts: Facts) -> Reason:
    """An objection that does not stop it."""
    assert facts.rollback is not None  # only such go ahead
    return replace(
        reason,
        message=f"{reason.message} It does not stop {facts.ref}, which takes back "
        f"{facts.rollback.cause}.",
        remedy="Go on; this is on the record.",
    )


def somebody_carries_it_out(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A rollback names who carries it out."""
    if facts.rollback is not None and not facts.rollback.has_implementer:
        yield Reason(
            "implementer_missing",
            f"Nobody is named to carry out {facts.ref}.",
            f"Edit {facts.ref} and name its implementer.",
            source="plan",
        )


def its_cause_still_stands(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Nobody voted on it, and what it needed no votes for is said no more."""
    rollback = facts.rollback
    if rollback is None or facts.takes_back_the_cause or facts.needs:
        return
    if facts.state is State.SCHEDULED:
        yield Reason(
            "approvals_missing",
            f"{facts.ref} was scheduled without votes because {rollback.cause} caused the "
            "incident, and that is not said any more.",
            f"Revise {facts.ref} and submit it: the emergency CAB votes.",
            source=rollback.cause,
        )

"""How a change follows what is reported about its deployment."""

from collections.abc import Sequence
from datetime import datetime

from catalog.models import User
from changes import lifecycle
from changes.deployments.told import Report
from changes.lifecycle import rollouts
from changes.lifecycle.moving import decide
from changes.models import Change, Deployment, RolloutStep
from changes.states import DEPLOYMENT, State
from ledger.decision import Refused


def follow(given: Report, change: Change, *, actor: User, now: datetime) -> Sequence[RolloutStep]:
    """Move a locked change; raises `Refused` where it may not go there.

    Answers the steps of a canary that end thereby, and that nothing else tells of.
    """
    match given.status:
        case Deployment.Status.STARTED:
            return _start(change, actor=actor, now=now)
        case Deployment.Status.SUCCEEDED:
            _finish(change, passed=True, given=given, actor=actor, now=now)
        case Deployment.Status.FAILED:
            _finish(change, passed=False, given=given, actor=actor, now=now)
        case Deployment.Status.ROLLED_BACK:
            note = given.detail or "Rolled back by CI."
            lifecycle.roll_back(ref=change.ref, note=note, actor=actor, now=now)
    return ()


def _start(change: Change, *, actor: User, now: datetime) -> Sequence[RolloutStep]:
    """Start the change, or start it again where its deployment failed.

    One that is being implemented is asked whether it may be deployed again.
    """
    if change.state == State.VALIDATING:
        lifecycle.retry(ref=change.ref, actor=actor, now=now)
        return ()
    if change.state != State.IMPLEMENTING:
        lifecycle.start(ref=change.ref, actor=actor, now=now)
        return ()
    _, facts = lifecycle.locked_facts(ref=change.ref, actor=actor, now=now)
    for verb in ("check", "deploy"):
        decide(change, verb, facts=facts, now=now)
    return rollouts.begin_anew(change, facts, now=now)


def _finish(change: Change, *, passed: bool, given: Report, actor: User, now: datetime) -> None:
    """Finish the change, unless tasks are open: what was deployed is kept all the same."""
    if change.state != State.VALIDATING:
        try:
            lifecycle.finish(
                ref=change.ref, actor=actor, now=now, note=given.detail, failed=not passed
            )
        except Refused as refused:
            if refused.decision.codes != ("tasks_open",):
                raise
    lifecycle.report_check(
        ref=change.ref, name=DEPLOYMENT, passed=passed, detail=given.detail, actor=actor, now=now
    )

"""What CI reports about a deployment, and how it moves the change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes import lifecycle, permits
from changes.lifecycle.moving import decide, record
from changes.models import Change, Deployment
from changes.models.check import DEPLOYMENT
from changes.permits import Permit, PermitRefused
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import by_ref
from changes.queries.refs import locked
from changes.states import State
from ledger.decision import Reason, Refused, refuse

AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Report:
    """One report about a deployment; `at` is aware.

    `permit` is the signed text or "", `change` a ref or ""; one of them is given.
    """

    status: str
    at: datetime
    permit: str = ""
    change: str = ""
    detail: str = ""


@transaction.atomic
def report(given: Report, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Deployment:
    """Keep the report, and move its change.

    started starts it, succeeded and failed finish it, rolled_back rolls it back. Starting asks
    every rule again, and uses the permit up. Raises `Refused` (also for a change beyond `reach`),
    `NoSuchChange` or `ValidationError`.
    """
    if given.status not in Deployment.Status.values:
        words = ", ".join(Deployment.Status.values)
        raise ValidationError(
            {"status": f"“{given.status}” is no status of a deployment. Use one of: {words}."}
        )
    if given.at > now + AHEAD:
        raise ValidationError({"at": "This time lies ahead: report what has happened."})
    ref, permit = _whose(given, now=now)
    permit_id = permit.id if permit else ""
    change = locked(ref=ref)
    reach.demand(service=change.service.slug, team=change.team.slug, ref=change.ref)
    if permit is not None and given.status == Deployment.Status.STARTED:
        _refuse_used(permit, ref=ref)
        _refuse_another_plan(permit, change)
    _move(change, given, actor=actor, now=now)
    kept = Deployment.objects.create(
        change=change,
        permit_id=permit_id,
        status=given.status,
        at=given.at,
        detail=given.detail,
        reported_by=actor,
        reported_at=now,
    )
    says = {"status": given.status, "at": given.at, "detail": given.detail, "permit": permit_id}
    moved = by_ref(ref=ref)
    verb = f"deployment.{given.status}"
    record(moved, verb, actor=actor, now=now, says=says, written=[kept])
    return kept


def _whose(given: Report, *, now: datetime) -> tuple[str, Permit | None]:
    """The change's ref, and the permit; an expired one still says whose deployment ended."""
    if not given.permit:
        return given.change, None
    reading_at = (
        now
        if given.status == Deployment.Status.STARTED
        else datetime.min.replace(tzinfo=now.tzinfo)
    )
    try:
        permit = permits.read(given.permit, now=reading_at)
    except PermitRefused as problem:
        reason = Reason(problem.code, problem.message, problem.remedy, source="permit")
        raise refuse("deploy", reason, ref=given.change) from problem
    return permit.change, permit


def _move(change: Change, given: Report, *, actor: User, now: datetime) -> None:
    ref = change.ref
    match given.status:
        case Deployment.Status.STARTED:
            _start(change, actor=actor, now=now)
        case Deployment.Status.SUCCEEDED:
            _finish(change, passed=True, given=given, actor=actor, now=now)
        case Deployment.Status.FAILED:
            _finish(change, passed=False, given=given, actor=actor, now=now)
        case Deployment.Status.ROLLED_BACK:
            lifecycle.roll_back(
                ref=ref, note=given.detail or "Rolled back by CI.", actor=actor, now=now
            )


def _start(change: Change, *, actor: User, now: datetime) -> None:
    """Start the change; one that is being implemented is asked whether it may be deployed again."""
    if change.state != State.IMPLEMENTING:
        lifecycle.start(ref=change.ref, actor=actor, now=now)
        return
    _, facts = lifecycle.locked_facts(ref=change.ref, actor=actor, now=now)
    for verb in ("check", "deploy"):
        decide(change, verb, facts=facts, now=now)


def _finish(change: Change, *, passed: bool, given: Report, actor: User, now: datetime) -> None:
    """Finish the change, unless tasks are open: what was deployed is kept all the same."""
    if change.state != State.VALIDATING:
        try:
            lifecycle.finish(ref=change.ref, actor=actor, now=now, note=given.detail)
        except Refused as refused:
            if refused.decision.codes != ("tasks_open",):
                raise
    lifecycle.report_check(
        ref=change.ref, name=DEPLOYMENT, passed=passed, detail=given.detail, actor=actor, now=now
    )


def _refuse_used(permit: Permit, *, ref: str) -> None:
    started = Deployment.objects.filter(permit_id=permit.id, status=Deployment.Status.STARTED)
    if started.exists():
        reason = Reason(
            "permit_used",
            "This permit has started a deployment before.",
            "Ask the gate for a new one.",
            source="permit",
        )
        raise refuse("deploy", reason, ref=ref)


def _refuse_another_plan(permit: Permit, change: Change) -> None:
    """A permit is for what was approved when it was given; the plan may have been revised since."""
    for word, permitted, planned in (
        ("service", permit.service, change.service.slug),
        ("environment", permit.environment, change.environment.slug),
        ("revision", permit.revision, change.revision),
        ("artifact", permit.artifact, change.artifact),
    ):
        if planned and permitted != planned:
            reason = Reason(
                "revision_mismatch" if word in ("revision", "artifact") else "no_change",
                f"The permit is for the {word} {permitted or 'unnamed'}, and {change.ref} is now "
                f"for {planned}.",
                "Ask the gate again, for what is approved now.",
                source="permit",
            )
            raise refuse("deploy", reason, ref=change.ref)

"""What CI reports about a deployment, and how it moves the change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes import lifecycle, permits
from changes.lifecycle.moving import record
from changes.models import Change, Deployment
from changes.permits import PermitRefused
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import by_ref
from changes.queries.refs import locked
from changes.states import State
from ledger.decision import Reason, refuse

AHEAD = timedelta(minutes=5)
CHECK = "deployment"


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

    started starts it, succeeded and failed finish it, rolled_back rolls it back.

    Starting asks every rule again, and uses the permit up. Raises `Refused` (also for a change
    beyond `reach`), `NoSuchChange` or `ValidationError`.
    """
    if given.at > now + AHEAD:
        raise ValidationError({"at": "This time lies ahead: report what has happened."})
    ref, permit_id = _whose(given, now=now)
    change = locked(ref=ref)
    reach.demand(service=change.service.slug, team=change.team.slug, ref=change.ref)
    _move(change, given, actor=actor, now=now, permit_id=permit_id)
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
    record(by_ref(ref=ref), f"deployment.{given.status}", actor=actor, now=now, says=says)
    return kept


def _whose(given: Report, *, now: datetime) -> tuple[str, str]:
    """The change's ref and the permit's id; an expired permit still says whose deployment ended."""
    if not given.permit:
        return given.change, ""
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
    return permit.change, permit.id


def _move(change: Change, given: Report, *, actor: User, now: datetime, permit_id: str) -> None:
    ref = change.ref
    match given.status:
        case Deployment.Status.STARTED:
            _refuse_used(permit_id, ref=ref)
            if change.state != State.IMPLEMENTING:
                lifecycle.start(ref=ref, actor=actor, now=now)
        case Deployment.Status.SUCCEEDED:
            _finish(change, passed=True, given=given, actor=actor, now=now)
        case Deployment.Status.FAILED:
            _finish(change, passed=False, given=given, actor=actor, now=now)
        case Deployment.Status.ROLLED_BACK:
            lifecycle.roll_back(
                ref=ref, note=given.detail or "Rolled back by CI.", actor=actor, now=now
            )


def _finish(change: Change, *, passed: bool, given: Report, actor: User, now: datetime) -> None:
    if change.state != State.VALIDATING:
        lifecycle.finish(ref=change.ref, actor=actor, now=now, note=given.detail)
    lifecycle.report_check(
        ref=change.ref, name=CHECK, passed=passed, detail=given.detail, actor=actor, now=now
    )


def _refuse_used(permit_id: str, *, ref: str) -> None:
    started = Deployment.objects.filter(permit_id=permit_id, status=Deployment.Status.STARTED)
    if permit_id and started.exists():
        reason = Reason(
            "permit_used",
            "This permit has started a deployment before.",
            "Ask the gate for a new one.",
            source="permit",
        )
        raise refuse("deploy", reason, ref=ref)

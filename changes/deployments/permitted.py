"""Whether a permit lets a deployment start: read, unused, and for what is planned now."""

from datetime import datetime

from changes import permits
from changes.deployments.told import Report
from changes.models import Change, Deployment
from changes.permits import Permit, PermitRefused
from changes.policies.reasons import moment
from changes.queries import permits as found
from ledger.decision import Reason, Refused, refuse


def whose(given: Report, *, now: datetime) -> tuple[str, Permit | None]:
    """The change's ref, and the permit; an expired one still says whose deployment ended."""
    if not given.permit:
        return given.change, None
    starts = given.status == Deployment.Status.STARTED
    try:
        permit = permits.read(given.permit, now=now) if starts else permits.whose(given.permit)
    except PermitRefused as problem:
        reason = Reason(problem.code, problem.message, problem.remedy, source="permit")
        raise refuse("deploy", reason, ref=given.change) from problem
    return permit.change, permit


def demand_what_is_named(given: Report, permit: Permit | None, change: Change) -> None:
    """Raise `Refused`, with every objection, where the report names another deployment.

    It is compared with the permit or, where none is shown, with the plan; what either leaves open
    is not compared.
    """
    about = "The permit is" if permit else f"{change.ref} is"
    meant = {
        "service": permit.service if permit else change.service.slug,
        "environment": permit.environment if permit else change.environment.slug,
        "revision": permit.revision if permit else change.revision,
        "artifact": permit.artifact if permit else change.artifact,
    }
    wrong = [
        Reason(
            f"{word}_mismatch",
            f"{about} for the {word} {known}, and this report is about {getattr(given, word)}.",
            f"Deploy the {word} that was approved, or ask the gate for this one.",
            source="permit" if permit else "plan",
        )
        for word, known in meant.items()
        if getattr(given, word) and known and getattr(given, word) != known
    ]
    if wrong:
        raise refuse("deploy", *wrong, ref=change.ref)


def demand_started(permit: Permit, *, ref: str) -> Deployment:
    """The deployment that a permit started; raises `Refused` where it started none."""
    start = found.start_of(permit_id=permit.id)
    if start is None:
        reason = Reason(
            "deployment_not_started",
            "No deployment was started with this permit, so none can have ended.",
            "Report it as started first; then report how it ended.",
            source="permit",
        )
        raise refuse("deploy", reason, ref=ref)
    return start


def redeem(permit: Permit, change: Change, *, now: datetime) -> None:
    """Raise `Refused` unless the permit is unused, and for what the locked change is for."""
    _refuse_revoked(permit, ref=change.ref, now=now)
    _refuse_used(permit, ref=change.ref)
    _refuse_another_plan(permit, change)


def _refuse_revoked(permit: Permit, *, ref: str, now: datetime) -> None:
    revocation = found.revocation(permit_id=permit.id)
    if revocation is not None:
        by, at = revocation.revoked_by.username, moment(revocation.revoked_at, now=now)
        raise _refused(
            "permit_revoked", f"{by} revoked this permit {at}: {revocation.reason}", ref=ref
        )


def _refuse_used(permit: Permit, *, ref: str) -> None:
    start = found.start_of(permit_id=permit.id)
    if start is not None:
        by, at = start.reported_by.username, f"{start.reported_at:%Y-%m-%d %H:%M:%S} UTC"
        raise _refused(
            "permit_used", f"{by} has started a deployment with this permit at {at}.", ref=ref
        )


def _refused(code: str, message: str, *, ref: str) -> Refused:
    reason = Reason(code, message, "Ask the gate for a new one.", source="permit")
    return refuse("deploy", reason, ref=ref)


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

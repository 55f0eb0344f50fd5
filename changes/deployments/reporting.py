"""Keep what CI reports, and move its change."""

from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import User
from changes import lifecycle, sightings
from changes.deployments import times
from changes.deployments.following import follow
from changes.deployments.permitted import demand_started, demand_what_is_named, redeem, whose
from changes.deployments.stepping import Ahead, decided
from changes.deployments.told import Report
from changes.lifecycle import rollouts
from changes.lifecycle.moving import record
from changes.models import Change, Deployment
from changes.permits import Permit
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import by_ref
from changes.queries.refs import locked
from changes.queries.rows import Beside
from changes.states import Kind

Status = Deployment.Status
ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.ROLLED_BACK})


@transaction.atomic
def report(given: Report, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Deployment:
    """Keep the report, and move its change.

    started starts it, succeeded and failed finish it, rolled_back rolls it back; step goes on with
    a canary. Starting asks every rule again, and uses the permit up; a step asks them too, and
    needs no permit. A step, or how a permit's deployment ended, may be said again: nothing is
    written then, and the answer is the report that was kept. Raises `Refused` (also for a change
    beyond `reach`), `NoSuchChange` or `ValidationError`.
    """
    times.demand_what_can_be(given, now=now)
    ref, permit = whose(given, now=now)
    change = locked(ref=ref)
    reach.demand(
        service=change.service.slug,
        team=change.team.slug,
        environment=change.environment.slug,
        ref=change.ref,
    )
    demand_what_is_named(given, permit, change)
    known = _known(given, permit, change, now=now)
    ahead = None
    if given.status == Status.STEP:
        ahead = decided(change, given.percent, actor=actor, now=now)
        known = ahead.known
    if known is not None:
        return known
    ended = follow(given, change, actor=actor, now=now)
    for check in given.checks:
        lifecycle.report_check(ref=ref, actor=actor, now=now, **check)
    kept = _kept(given, change, permit, actor=actor, now=now)
    _record(given, kept, [*ended], ahead, actor=actor, now=now)
    if given.status == Status.SUCCEEDED and change.kind == Kind.STANDARD:
        lifecycle.close_itself(ref=ref, now=now)
    return kept


def _known(
    given: Report, permit: Permit | None, change: Change, *, now: datetime
) -> Deployment | None:
    """The same report where it was kept before; raises where the order of reports is broken."""
    if permit is None:
        times.demand_in_order(given, since=change.started_at or change.created_at, exact=False)
        return None
    if given.status == Status.STARTED:
        redeem(permit, change, now=now)
        times.demand_in_order(given, since=permit.issued_at, exact=False)
        return None
    start = demand_started(permit, ref=change.ref)
    last = Deployment.objects.filter(permit_id=permit.id).order_by("-id").first()
    if last is not None and last.status == given.status and last.status in ENDED:
        return last
    times.demand_in_order(given, since=start.at, exact=True)
    return None


def _kept(
    given: Report, change: Change, permit: Permit | None, *, actor: User, now: datetime
) -> Deployment:
    return Deployment.objects.create(
        change=change,
        permit_id=permit.id if permit else "",
        status=given.status,
        percent=given.percent,
        at=given.at,
        detail=given.detail,
        reported_by=actor,
        reported_at=now,
    )


def _record(
    given: Report,
    kept: Deployment,
    ended: list[Beside],
    ahead: Ahead | None,
    *,
    actor: User,
    now: datetime,
) -> None:
    """The event, with the steps of a canary that `ended` or that this report begins."""
    says: dict[str, Any] = {
        "status": given.status,
        "at": given.at,
        "detail": given.detail,
        "permit": kept.permit_id,
    }
    moved = by_ref(ref=kept.change.ref)
    written: list[Beside] = [kept, *ended]
    if ahead is not None:
        step = rollouts.begin(moved, ahead.facts, ahead.planned, deployment=kept, now=now)
        says["percent"], written = step.percent, [kept, step]
    record(moved, f"deployment.{given.status}", actor=actor, now=now, says=says, written=written)
    if kept.status == Status.STARTED:
        sightings.reported(kept, moved, actor=actor, now=now)

"""From a suspect to the emergency change that takes it back, in one call.

See Note [Rollbacks of a cause] in `changes.policies.rollbacks`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.models import User
from changes import lifecycle
from changes.incident_links.saying import Said, case_of, link, may_say
from changes.lifecycle.moving import record
from changes.models import Change, IncidentLink, Rollback
from changes.policies import linking
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import by_ref
from changes.queries.ran_before import ran_before
from changes.queries.refs import locked
from changes.states import FINAL, Kind
from incidents import queries as incidents
from incidents.models import Incident
from ledger.decision import Decision, Reason, Refused, refuse

PREPARED = "rollback.prepared"
PERIOD = timedelta(hours=4)
HEAD_START = timedelta(minutes=1)
Relation = IncidentLink.Relation
Question = IncidentLink.Question
_TITLE = Change._meta.get_field("title").max_length or 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """The change that takes back another; `reasons` why it was not submitted, where it was not."""

    change: Change
    is_new: bool
    reasons: tuple[Reason, ...] = ()


def may_take_back(incident: Incident, *, actor: User) -> Decision:
    """Whether the actor may take back what caused it, of a change that may have."""
    return may_say(Relation.SUSPECT, incident, actor=actor)


@transaction.atomic
def roll_back(
    *,
    incident: str,
    change: str,
    actor: User,
    now: datetime,
    implementer: User | None = None,
    reach: Reach = EVERYWHERE,
) -> Prepared:
    """File and submit the change that takes back a suspect; asked again, answers the same one.

    A change nobody has said anything of is suspected by this. Without `implementer` it is the
    actor's to carry out, unless that is a robot. Raises `Refused`, `NoSuchChange`,
    `Incident.DoesNotExist` and `ValidationError`.
    """
    broken = incidents.by_ref(incident.strip().upper())
    cause = locked(ref=change)
    _demand_suspect(cause, broken, actor=actor, now=now, reach=reach)
    known = _known(cause, broken)
    if known is not None:
        return Prepared(known, is_new=False)
    before = ran_before(cause)
    fields = _fields(cause, broken, before=before, now=now)
    if implementer is not None:
        fields["implementer"] = implementer
    made = lifecycle.create(fields=fields, actor=actor, now=now)
    row = Rollback.objects.create(
        change=made,
        cause=cause,
        restores=before,
        revision=made.revision,
        artifact=made.artifact,
        prepared_at=now,
        prepared_by=actor,
    )
    says = {"takes_back": cause.ref, "restores": before.ref if before else None}
    record(made, PREPARED, actor=actor, now=now, says=says, written=[row])
    return _submitted(made, actor=actor, now=now)


def _submitted(made: Change, *, actor: User, now: datetime) -> Prepared:
    """The change on its way, or in planning with what it lacks."""
    try:
        with transaction.atomic():
            lifecycle.submit(ref=made.ref, actor=actor, now=now)
    except Refused as refused:
        return Prepared(by_ref(ref=made.ref), is_new=True, reasons=refused.decision.reasons)
    return Prepared(by_ref(ref=made.ref), is_new=True)


def _demand_suspect(
    cause: Change, broken: Incident, *, actor: User, now: datetime, reach: Reach
) -> None:
    """Say that it is suspected, where nobody has said anything of it; raises `Refused`."""
    reach.demand(service=broken.service.slug, team=broken.service.owner_team.slug, ref=broken.ref)
    row = IncidentLink.objects.filter(
        incident=broken, change=cause, question=Question.CAUSE
    ).first()
    if row is None:
        link(Said(cause.ref, broken.ref, Relation.SUSPECT), actor=actor, now=now, reach=reach)
        return
    decision = linking.may_link(case_of(Relation.SUSPECT, cause, broken, actor=actor))
    if not decision.allowed:
        raise Refused(decision, ref=broken.ref)
    if row.relation == Relation.DISMISSED:
        dismissed = Reason(
            "not_a_suspect",
            f"{row.decider} dismissed {cause.ref} as a cause of {broken.ref}: {row.note}",
            "Say that it is suspected, if it is.",
            source=broken.ref,
        )
        raise refuse("roll_back", dismissed, ref=cause.ref)


def _known(cause: Change, broken: Incident) -> Change | None:
    """The change that takes it back already, unless that is over."""
    over = [str(state) for state in FINAL]
    row = (
        Rollback.objects.filter(cause=cause, change__incident=broken)
        .exclude(change__state__in=over)
        .order_by("-pk")
        .first()
    )
    return by_ref(ref=f"CHG-{row.change_id}") if row else None


def _fields(
    cause: Change, broken: Incident, *, before: Change | None, now: datetime
) -> dict[str, Any]:
    """The whole plan, from what the suspect says and what ran before it."""
    what_ran = f"{before.revision}, of {before.ref}" if before else "not known"
    plan = cause.rollback_plan or (f"Deploy {before.revision} again." if before else "")
    if not plan.strip():
        raise refuse("roll_back", _no_way_back(cause), ref=cause.ref)
    return {
        "kind": str(Kind.EMERGENCY),
        "incident": broken,
        "title": f"Take back {cause.ref}: {cause.title}"[:_TITLE],
        "description": f"{broken.ref} began after {cause.ref} started. This takes it back. "
        f"What ran before: {what_ran}.",
        "category": cause.category,
        "service": cause.service,
        "environment": cause.environment,
        "also_affects": list(cause.also_affects.all()),
        "implementation_plan": plan,
        "test_plan": f"What {broken.ref} shows is gone. {cause.test_plan}".strip(),
        "rollback_plan": f"Carry out {cause.ref} again: {cause.implementation_plan}",
        "monitoring_plan": cause.monitoring_plan or f"What {broken.ref} shows, for an hour.",
        "rollout": "rolling" if cause.rollout == "canary" else cause.rollout,
        "revision": before.revision if before else "",
        "artifact": before.artifact if before else "",
        "planned_start_at": now - HEAD_START,
        "planned_end_at": now + PERIOD,
    }


def _no_way_back(cause: Change) -> Reason:
    return Reason(
        "no_rollback_plan",
        f"{cause.ref} does not say how to take it back, and nothing is known of what ran before.",
        "File an emergency change, and write down the way back.",
        source=cause.ref,
    )

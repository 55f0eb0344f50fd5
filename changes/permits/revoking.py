"""Taking a permit back; see Note [A permit taken back] in `policies.revoking`."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from catalog.models import User
from changes import lifecycle
from changes.lifecycle.fields import demand_text
from changes.lifecycle.moving import record
from changes.models import PermitRevocation
from changes.policies.reach import EVERYWHERE, Reach
from changes.policies.revoking import PermitGiven, may_revoke
from changes.queries import facts as gathered
from changes.queries import number_of
from changes.queries import permits as found
from ledger.decision import Decision, Refused


@transaction.atomic
def revoke(
    *, permit_id: UUID, reason: str, actor: User, now: datetime, reach: Reach = EVERYWHERE
) -> PermitGiven:
    """Let the permit start nothing any more; its change goes on.

    Raises `Refused`, `ValidationError` for no reason, or `NoSuchPermit`.
    """
    demand_text("reason", reason, "Say why it is revoked.")
    ref = found.change_of(permit_id=permit_id)
    change, facts = lifecycle.locked_facts(ref=ref, actor=actor, now=now)
    permit = found.given(permit_id=permit_id)
    reach.demand(
        service=permit.service, team=change.team.slug, environment=permit.environment, ref=ref
    )
    decision = may_revoke(permit, facts, is_superuser=actor.is_superuser, now=now)
    if not decision.allowed:
        raise Refused(decision, ref=ref)
    row = PermitRevocation.objects.create(
        change=change,
        permit_id=permit_id,
        expires_at=permit.expires_at,
        reason=reason.strip(),
        revoked_by=actor,
        revoked_at=now,
    )
    says = {"permit": permit.id, "reason": row.reason, "permit_expires_at": permit.expires_at}
    record(change, "permit.revoked", actor=actor, now=now, says=says, written=[row])
    return found.given(permit_id=permit_id)


def shown(*, permit_id: UUID, actor: User, now: datetime) -> tuple[PermitGiven, Decision]:
    """A permit, and whether `actor` may take it back; raises `NoSuchPermit`."""
    permit = found.given(permit_id=permit_id)
    number = number_of(permit.change)
    facts = gathered.of_change(change_id=number, actor=actor, now=now)
    return permit, may_revoke(permit, facts, is_superuser=actor.is_superuser, now=now)

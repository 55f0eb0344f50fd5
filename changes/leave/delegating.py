"""Letting somebody else vote for a while."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from catalog.models import User
from changes.leave.recording import found, note_of, period_of, person_of, record
from changes.models import Delegation
from changes.policies.delegating import Handed, may_delegate
from changes.windows import Interval
from ledger.decision import Refused


@transaction.atomic
def delegate(
    *,
    delegator: str,
    delegate: str,
    ends_at: datetime,
    actor: User,
    now: datetime,
    starts_at: datetime | None = None,
    note: str = "",
) -> Delegation:
    """Let `delegate` vote for `delegator` in a period, with the authority they hold then.

    Raises `ValidationError` for a period or people that cannot be, and `Refused`: not_permitted,
    delegate_cannot_vote, delegation_loop, delegation_chain or delegation_overlaps.
    """
    giver, taker = found(delegator, field="delegator"), found(delegate, field="delegate")
    period = period_of(starts_at, ends_at, now=now)
    _in_turn(giver, taker)
    decision = may_delegate(
        Handed(giver.username, taker.username, period),
        delegate=person_of(taker),
        actor=person_of(actor),
        others=_of_either(giver, taker, period),
        now=now,
    )
    if not decision.allowed:
        raise Refused(decision, ref="")
    row = Delegation.objects.create(
        delegator=giver,
        delegate=taker,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        note=note_of(note),
        made_by=actor,
        made_at=now,
    )
    record(row, "delegation.made", actor=actor, now=now)
    return row


def _in_turn(*people: User) -> None:
    """Whoever delegates to or from one of them meanwhile waits, so no loop slips through."""
    keys = sorted({one.pk for one in people})
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    list(rows.values_list("pk"))


def _of_either(giver: User, taker: User, period: Interval) -> list[Handed]:
    """The delegations of either that meet the period."""
    people = [giver, taker]
    rows = Delegation.objects.filter(
        Q(delegator__in=people) | Q(delegate__in=people),
        starts_at__lt=period.ends_at,
        ends_at__gt=period.starts_at,
    ).select_related("delegator", "delegate")
    return [
        Handed(
            row.delegator.username,
            row.delegate.username,
            Interval(row.starts_at, row.ends_at),
            row.ref,
        )
        for row in rows.order_by("id")
    ]

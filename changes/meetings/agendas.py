"""Agendas: filled by the board's filter, added to by hand, closed before the meeting."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.lifecycle.fields import demand_text
from changes.meetings.recording import demand, record
from changes.meetings.telling import send_agenda
from changes.models import AgendaItem, Change, Meeting
from changes.policies.meetings import Standing
from changes.queries import NoSuchChange
from changes.queries import meetings as found
from changes.queries.refs import locked
from changes.states import State

MOST_ITEMS = 100
GONE = (Standing.WITHDRAWN, Standing.REJECTED)


@transaction.atomic
def add(*, ref: str, change: str, actor: User, now: datetime, reason: str = "") -> AgendaItem:
    """Put a change on an agenda; once it is closed, the chair alone does, and says why."""
    row = found.by_ref(ref, lock=True)
    demand("add", row, actor=actor, now=now)
    late = row.state != Meeting.State.FILLING or now >= row.closes_at
    if late:
        demand_text("reason", reason, "Say why it cannot wait for the next meeting.")
    try:
        wanted = locked(ref=change)
    except NoSuchChange as missing:
        raise ValidationError({"change": str(missing)}) from None
    if wanted.state != State.AWAITING_APPROVAL:
        words = wanted.get_state_display().lower()
        raise ValidationError({"change": f"{wanted.ref} is {words}: it asks for no approval."})
    if row.items.filter(change=wanted).exists():
        raise ValidationError({"change": f"{wanted.ref} stands on this agenda already."})
    (item,) = put(row, [wanted], actor=actor, now=now, reason=reason.strip())
    says = {"change": wanted.ref, "reason": item.reason, "late": late}
    record(row, "item_added", actor=actor, now=now, says=says, written=[item], about=[wanted.ref])
    return item


@transaction.atomic
def close_agenda(*, ref: str, actor: User, now: datetime) -> Meeting:
    """Close an agenda before its time."""
    row = found.by_ref(ref, lock=True)
    demand("close_agenda", row, actor=actor, now=now)
    close(row, actor=actor, now=now)
    return row


def fill(row: Meeting, *, now: datetime) -> list[AgendaItem]:
    """Add what the filter finds and no agenda ahead holds, to a meeting whose row is locked."""
    ahead = found.standing_ahead(row)
    free = max(MOST_ITEMS - row.items.count(), 0)
    wanted = found.matching(row.board, starts_at=row.starts_at, limit=MOST_ITEMS)
    fresh = [change for change in wanted if change.pk not in ahead][:free]
    items = put(row, fresh, actor=None, now=now)
    if items:
        refs = [change.ref for change in fresh]
        says = {"changes": refs}
        record(row, "filled", actor=None, now=now, says=says, written=items, about=refs)
    return items


def close(row: Meeting, *, actor: User | None, now: datetime) -> None:
    """Fill it a last time, close it, and send it to the members; the row is locked.

    What asks for nothing any more is not talked about.
    """
    fill(row, now=now)
    gone = [one for one in found.agenda(row) if one.facts.standing in GONE and not one.row.outcome]
    for one in gone:
        decide(one.row, AgendaItem.Outcome.WITHDRAWN, actor=None, now=now)
    written = [one.row for one in gone]
    row.state, row.closed_at = Meeting.State.CLOSED, now
    row.save(update_fields=["state", "closed_at"])
    left = row.items.filter(outcome="").select_related("change").order_by("position")
    refs = [item.change.ref for item in left]
    says = {"changes": refs, "withdrawn": [item.change.ref for item in written]}
    record(row, "agenda_closed", actor=actor, now=now, says=says, written=written, about=refs)
    send_agenda(row, now=now)


def put(
    row: Meeting,
    changes: Iterable[Change],
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
    deferred_from: AgendaItem | None = None,
) -> list[AgendaItem]:
    """Rows at the end of an agenda."""
    last = row.items.order_by("-position").values_list("position", flat=True).first() or 0
    return [
        AgendaItem.objects.create(
            meeting=row,
            change=change,
            position=last + number,
            round=change.approval_round,
            added_at=now,
            added_by=actor,
            reason=reason,
            deferred_from=deferred_from,
        )
        for number, change in enumerate(changes, start=1)
    ]


def decide(item: AgendaItem, outcome: str, *, actor: User | None, now: datetime) -> None:
    """Write what came of an item."""
    item.outcome, item.ended_at, item.decided_by = outcome, now, actor
    item.save(update_fields=["outcome", "ended_at", "decided_by"])

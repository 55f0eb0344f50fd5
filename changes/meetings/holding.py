"""Holding a meeting: its items one after the other, each closed with what its votes came to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.lifecycle.fields import demand_text
from changes.meetings.agendas import decide, put
from changes.meetings.recording import demand, record
from changes.meetings.telling import send_minutes
from changes.models import AgendaItem, Meeting, Minute
from changes.policies.meetings import Standing
from changes.queries import meetings as found

VERBS = {
    AgendaItem.Outcome.APPROVED: "approve_item",
    AgendaItem.Outcome.REJECTED: "reject_item",
    AgendaItem.Outcome.WITHDRAWN: "withdraw_item",
}
A_YEAR = timedelta(days=366)
BEFOREHAND = "Its votes were in before it was talked about."
NEVER_AGAIN = "This board does not meet again: plan another meeting first."


@transaction.atomic
def start(*, ref: str, actor: User, now: datetime) -> Meeting:
    """Open the meeting; the clock of the first item begins with `begin_item`."""
    row = found.by_ref(ref, lock=True)
    demand("start", row, actor=actor, now=now)
    row.state, row.started_at, row.started_by = Meeting.State.RUNNING, now, actor
    row.save(update_fields=["state", "started_at", "started_by"])
    record(row, "started", actor=actor, now=now, says={})
    return row


@transaction.atomic
def begin_item(*, ref: str, change: str, actor: User, now: datetime) -> AgendaItem:
    """Start the clock of an item; one that is under way without an outcome keeps its own."""
    row = found.by_ref(ref, lock=True)
    item = found.item_of(row, change)
    demand("begin_item", row, actor=actor, now=now, item=item)
    item.row.started_at = now
    item.row.save(update_fields=["started_at"])
    _record(row, "item_begun", item.row, actor=actor, now=now, says={})
    return item.row


@transaction.atomic
def close_item(
    *, ref: str, change: str, outcome: str, actor: User, now: datetime, minutes: str = ""
) -> AgendaItem:
    """Close an item with what its votes came to: approved, rejected, or withdrawn.

    See Note [Votes are cast by persons]. Raises `ValidationError` for another outcome.
    """
    if outcome not in VERBS:
        known = ", ".join(VERBS)
        raise ValidationError({"outcome": f"“{outcome}” is no outcome here. Use one of: {known}."})
    row = found.by_ref(ref, lock=True)
    item = found.item_of(row, change)
    demand(VERBS[AgendaItem.Outcome(outcome)], row, actor=actor, now=now, item=item)
    written = _say(item.row, minutes, actor=actor, now=now)
    decide(item.row, outcome, actor=actor, now=now)
    says = {"outcome": outcome, "votes": _votes(item), "minutes": minutes.strip()}
    _record(row, "item_closed", item.row, *written, actor=actor, now=now, says=says)
    return item.row


@transaction.atomic
def defer_item(*, ref: str, change: str, minutes: str, actor: User, now: datetime) -> AgendaItem:
    """Put an item off to the next meeting, whose agenda it is put on at once."""
    demand_text("minutes", minutes, "Say what is missing, so that the next meeting can decide.")
    row = found.by_ref(ref, lock=True)
    item = found.item_of(row, change)
    demand("defer_item", row, actor=actor, now=now, item=item)
    written = _say(item.row, minutes, actor=actor, now=now)
    following = _following(row, now=now)
    if following is None:
        raise ValidationError(NEVER_AGAIN)
    move(item.row, following, actor=actor, now=now)
    says = {
        "outcome": AgendaItem.Outcome.DEFERRED,
        "votes": _votes(item),
        "minutes": minutes.strip(),
        "to": following.ref,
    }
    _record(row, "item_closed", item.row, *written, actor=actor, now=now, says=says)
    return item.row


@transaction.atomic
def complete(*, ref: str, actor: User, now: datetime) -> list[AgendaItem]:
    """Close all items at once whose votes were in before anybody began to talk about them."""
    row = found.by_ref(ref, lock=True)
    items = found.agenda(row)
    demand("complete", row, actor=actor, now=now, items=items)
    ready = [item for item in items if found.is_ready(item)]
    written: list[AgendaItem | Minute] = []
    for item in ready:
        written += _say(item.row, BEFOREHAND, actor=actor, now=now)
        decide(item.row, AgendaItem.Outcome.APPROVED, actor=actor, now=now)
        written.append(item.row)
    refs = [item.facts.change for item in ready]
    says = {"changes": refs, "outcome": "approved"}
    record(row, "items_completed", actor=actor, now=now, says=says, written=written, about=refs)
    return [item.row for item in ready]


@transaction.atomic
def end(*, ref: str, actor: User, now: datetime) -> Meeting:
    """Close the meeting, each open item with what its votes came to, and mail the minutes.

    What they left open goes to the next meeting.
    """
    row = found.by_ref(ref, lock=True)
    demand("end", row, actor=actor, now=now)
    items = found.agenda(row)
    open_still = [item for item in items if not item.facts.outcome]
    left = settle(row, open_still, actor=actor, now=now)
    row.state, row.ended_at, row.ended_by = Meeting.State.ENDED, now, actor
    row.save(update_fields=["state", "ended_at", "ended_by"])
    refs = [item.facts.change for item in items]
    says = {"deferred": [one.change.ref for one in left], "decided": len(items) - len(left)}
    written = [item.row for item in open_still]
    record(row, "ended", actor=actor, now=now, says=says, written=written, about=refs)
    send_minutes(row, now=now)
    return row


def settle(
    row: Meeting, items: list[found.Shown], *, actor: User | None, now: datetime
) -> list[AgendaItem]:
    """Close items with what their votes came to; answers those that were put off.

    They go to the next meeting. Where the board does not meet again a person is refused, and the
    machine, which gives up a meeting that nobody held, leaves them to be voted on without one.
    """
    left = [item.row for item in items if item.facts.standing is Standing.OPEN]
    following = _following(row, now=now) if left else None
    if left and following is None and actor is not None:
        raise ValidationError(NEVER_AGAIN)
    for item in items:
        if item.facts.standing is not Standing.OPEN:
            decide(item.row, str(item.facts.standing), actor=actor, now=now)
        elif following is None:
            decide(item.row, AgendaItem.Outcome.DEFERRED, actor=actor, now=now)
        else:
            move(item.row, following, actor=actor, now=now)
    return left


def move(item: AgendaItem, following: Meeting, *, actor: User | None, now: datetime) -> None:
    """Defer an item, and put its change on the agenda of the following meeting."""
    decide(item, AgendaItem.Outcome.DEFERRED, actor=actor, now=now)
    if following.items.filter(change=item.change_id).exists():
        return
    written = put(following, [item.change], actor=actor, now=now, deferred_from=item)
    about = [item.change.ref]
    says = {"change": item.change.ref, "from": item.meeting.ref}
    record(following, "item_added", actor=actor, now=now, says=says, written=written, about=about)


def _following(row: Meeting, *, now: datetime) -> Meeting | None:
    """The next meeting of the board, planned now where nobody has yet; never one that is over.

    None where the board does not meet again within a year.
    """
    after = max(row.starts_at, now)
    ahead = row.board.meetings.select_related("board__group", "board__chair").filter(
        starts_at__gt=after, state__in=[Meeting.State.FILLING, Meeting.State.CLOSED]
    )
    known = ahead.order_by("starts_at").select_for_update(of=("self",)).first()
    if known is not None:
        return known
    time = next(found.times(row.board, after=after, until=after + A_YEAR), None)
    if time is None:
        return None
    closes_at = time.starts_at - timedelta(hours=row.board.closes_hours)
    made, is_new = Meeting.objects.get_or_create(
        board=row.board,
        starts_at=time.starts_at,
        defaults={"ends_at": time.ends_at, "closes_at": closes_at},
    )
    if is_new:
        says = {"starts_at": made.starts_at, "ends_at": made.ends_at}
        record(made, "planned", actor=None, now=now, says=says)
    return made


def _say(item: AgendaItem, text: str, *, actor: User, now: datetime) -> list[Minute]:
    if not text.strip():
        return []
    return [Minute.objects.create(item=item, text=text.strip(), written_at=now, written_by=actor)]


def _votes(item: found.Shown) -> dict[str, str]:
    return {vote.voter.username: str(vote.decision) for vote in item.votes}


def _record(
    row: Meeting,
    done: str,
    item: AgendaItem,
    *written: Minute,
    actor: User,
    now: datetime,
    says: Mapping[str, Any],
) -> None:
    told = {"change": item.change.ref, **says}
    about = [item.change.ref]
    record(row, done, actor=actor, now=now, says=told, written=[item, *written], about=about)

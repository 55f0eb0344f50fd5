"""Asking the rules of meetings, and what the ledger is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from catalog.models import User
from changes.models import AgendaItem, Meeting, Minute
from changes.policies import meetings as rules
from changes.queries import meetings as found
from ledger import rows, timeline
from ledger.decision import Refused

DONE = frozenset(
    f"meeting.{done}"
    for done in (
        "planned",
        "filled",
        "item_added",
        "agenda_closed",
        "started",
        "item_begun",
        "item_closed",
        "items_completed",
        "minutes_written",
        "minutes_corrected",
        "ended",
        "missed",
    )
)


def demand(
    verb: str,
    row: Meeting,
    *,
    actor: User,
    now: datetime,
    item: found.Shown | None = None,
    items: Sequence[found.Shown] = (),
) -> None:
    """Raise `Refused` where somebody may not say `verb` of a meeting, or of an item of it."""
    session, who = found.session_of(row, items), found.asker(actor, row.board)
    facts = item.facts if item is not None else None
    decision = rules.may(verb, session, who, now=now, item=facts)
    if not decision.allowed:
        raise Refused(decision, ref=row.ref)


def record(
    row: Meeting,
    done: str,
    *,
    actor: User | None,
    now: datetime,
    says: Mapping[str, Any],
    written: Sequence[AgendaItem | Minute] = (),
    about: Sequence[str] = (),
) -> None:
    """The event of a meeting, with the digests of its row and of those `written`."""
    told: dict[str, Model] = {one.ref: one for one in written}
    timeline.record(
        subject=row.ref,
        verb=f"meeting.{done}",
        actor=actor.username if actor else timeline.SYSTEM,
        at=now,
        about=list(about),
        data={
            "name": row.board.name,
            "state": str(row.state),
            **says,
            **rows.told(told),
            "row_digest": rows.digest(row),
        },
    )

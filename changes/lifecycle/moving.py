"""The one way a change moves: decide, set, move, save, reserve, record."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django_fsm import ConcurrentTransition

from catalog import writing
from catalog.models import User
from changes import policies
from changes.lifecycle.reserving import follow
from changes.models import Change
from changes.policies import Facts
from changes.queries import facts as gathered
from changes.queries import row_digest
from changes.queries.refs import locked
from changes.queries.rows import Beside, ref_beside
from changes.states import MOVES
from ledger import rows, timeline
from ledger.decision import Decision, Reason, Refused

PAST = {
    "create": "change.created",
    "edit": "change.edited",
    "submit": "change.submitted",
    "ask": "approval.asked",
    "remind": "approval.reminded",
    "escalate": "approval.escalated",
    "find_gap": "approval.gap_found",
    "close_gap": "approval.gap_closed",
    "approve": "change.approved",
    "reject": "change.rejected",
    "revise": "change.revised",
    "start": "change.started",
    "break_glass": "change.glass_broken",
    "finish": "change.finished",
    "retry": "change.retried",
    "roll_back": "change.rolled_back",
    "close": "change.closed",
    "cancel": "change.cancelled",
    "hold": "change.held",
    "resume": "change.resumed",
    "check": "change.check_reported",
    "review": "change.reviewed",
    "detect": "change.detected",
    "clear": "change.cleared",
}


def locked_facts(
    *, ref: str, actor: User, now: datetime, and_environment: bool = False
) -> tuple[Change, Facts]:
    """The change with its row locked, and its facts as `actor` sees them. Two statements.

    With its environment locked too, nothing starts there before the transaction ends.
    """
    change = locked(ref=ref, and_environment=and_environment)
    facts = gathered.of(change, actor=actor, now=now)
    return change, facts


def decide(
    change: Change, verb: str, *, facts: Facts, now: datetime, edition: int | None = None
) -> Decision:
    """The Decision; raises `Refused` when it is no, or when the caller saw an older edition."""
    decision = policies.may(verb, facts, now=now)
    if edition is not None and edition != change.edition:
        decision = Decision(verb, (_edited_meanwhile(change), *decision.reasons))
    if not decision.allowed:
        raise Refused(decision, ref=change.ref)
    return decision


def move(
    change: Change,
    verb: str,
    *,
    facts: Facts,
    actor: User | None,
    now: datetime,
    sets: Mapping[str, Any] | None = None,
    says: Mapping[str, Any] | None = None,
    writes: Callable[[], Iterable[Beside]] = tuple,
) -> None:
    """Decide, and let the change go where `verb` leads.

    `actor` is None where Tidegate itself does it. `sets` are its new field values, `says` the
    event's words; `writes` writes rows beside the change, once that is decided, and answers them.
    """
    decision = decide(change, verb, facts=facts, now=now)
    source = str(change.state)
    for name, value in (sets or {}).items():
        setattr(change, name, value)
    if verb in MOVES:
        getattr(change, verb)()
    change.edition += 1
    if not writing.update(change, [*(sets or {}), "state", "edition"], only="state", was=source):
        raise ConcurrentTransition(f"{change.ref} was {verb} by somebody else.")
    follow(change, verb, facts=facts, source=source, now=now)
    record(
        change,
        verb,
        actor=actor,
        now=now,
        says={
            **({"from": source, "to": str(change.state)} if verb in MOVES else {}),
            **(says or {}),
            **_beside(decision),
        },
        written=writes(),
    )


def _beside(decision: Decision) -> dict[str, Any]:
    """What was said beside yes: warnings, and what rules that are tried out would have said."""
    told = {"warnings": decision.warnings, "would_have": decision.would_have}
    return {name: [one.as_json() for one in some] for name, some in told.items() if some}


def record(
    change: Change,
    verb: str,
    *,
    actor: User | None,
    now: datetime,
    says: Mapping[str, Any],
    written: Iterable[Beside] = (),
) -> None:
    """The event, with the digest of the row as it now stands, and of rows `written` beside it.

    `verb` is a lifecycle verb, or an event's own name.
    """
    timeline.record(
        subject=change.ref,
        about=about(change),
        verb=PAST.get(verb, verb),
        actor=actor.username if actor else timeline.SYSTEM,
        at=now,
        data={
            "title": change.title,
            "state": str(change.state),
            **says,
            **rows.told({ref_beside(row): row for row in written}),
            "row_digest": row_digest(change),
        },
    )


def about(change: Change) -> list[str]:
    """The refs a change's events concern."""
    refs = [f"service:{change.service.slug}", f"team:{change.team.slug}"]
    return [*refs, f"INC-{change.incident_id}"] if change.incident_id else refs


def _edited_meanwhile(change: Change) -> Reason:
    return Reason(
        "edited_meanwhile",
        f"{change.ref} was changed by somebody else since you opened it.",
        "Load it again, look at what changed, and repeat your edit.",
        source="edition",
    )

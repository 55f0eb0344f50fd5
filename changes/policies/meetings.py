"""Rules about meetings: who leads them, what may be added when, and when an item is decided. Pure.

# Note [Votes are cast by persons]
An agenda brings people together; it approves nothing. Each member votes on the change themselves,
signed in, on the plan they read. The chair leads through the items and closes each with what those
votes came to: an item is approved once the votes that the board owes are in, rejected once one of
its votes rejects the plan. Whatever is not settled is deferred to the next meeting.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from changes.policies.reasons import listed, moment
from ledger.decision import Decision, Reason, in_order

EARLY = timedelta(minutes=30)


class Standing(StrEnum):
    """What the votes on an item have come to."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Asker:
    username: str
    is_active: bool = True
    is_robot: bool = False
    is_auditor: bool = False
    is_manager: bool = False
    is_member: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A meeting as the rules look at it; `ready` counts open items whose votes are in."""

    ref: str
    state: str
    starts_at: datetime
    closes_at: datetime
    zone: str
    chair: str = ""
    ready: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the rules look at it; `missing` says whose votes the board still owes."""

    ref: str = ""
    change: str = ""
    outcome: str = ""
    is_begun: bool = False
    standing: Standing = Standing.OPEN
    missing: tuple[str, ...] = ()


Rule = Callable[[Session, Item | None, Asker, datetime], Iterator[Reason]]


def _leads(session: Session, asker: Asker) -> bool:
    return asker.is_manager or asker.username == session.chair


def by_a_person(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """Auditors and robots take no part, nor do accounts that are closed."""
    for wrong, message in (
        (not asker.is_active, f"{asker.username} is no longer active."),
        (asker.is_robot, "Robots take no part in meetings."),
        (asker.is_auditor, "Auditors read everything and change nothing."),
    ):
        if wrong:
            yield Reason("not_permitted", message, "Ask a person of the board.", source="people")


def by_the_chair(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """The chair leads; any change manager may take the chair."""
    if not _leads(session, asker):
        chair = f"{session.chair} or a change manager" if session.chair else "A change manager"
        yield Reason(
            "not_permitted",
            f"{chair[0].upper()}{chair[1:]} leads this meeting; {asker.username} does not.",
            f"Ask {chair[0].lower()}{chair[1:]}.",
            source="people",
        )


def by_the_board(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """Members write minutes too."""
    if not (asker.is_member or _leads(session, asker)):
        yield Reason(
            "not_permitted",
            f"Only members of the board may do this; {asker.username} is none.",
            "Ask a member of the board.",
            source="people",
        )


def agenda_takes_items(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """Once it is closed, only the chair adds something."""
    closed = session.state in ("agenda_closed", "running") or now >= session.closes_at
    if session.state in ("ended", "missed"):
        yield _wrong(session, "is over", "Add it to the next meeting.")
    elif closed and not _leads(session, asker):
        who = f"{session.chair} or a change manager" if session.chair else "a change manager"
        yield Reason(
            "agenda_closed",
            f"The agenda of {session.ref} closed on {moment(session.closes_at, session.zone)}.",
            f"Ask {who} to add it, with a reason, or wait for the next meeting.",
            source=session.ref,
        )


def agenda_is_open(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if session.state != "filling":
        yield _wrong(session, "has closed its agenda already", "Start the meeting.")


def may_begin(session: Session, item: Item | None, asker: Asker, now: datetime) -> Iterator[Reason]:
    if session.state == "filling":
        yield _wrong(session, "has not closed its agenda", "Close the agenda first.")
    elif session.state != "agenda_closed":
        yield _wrong(session, "has begun already", "Look at its items.")
    elif now < session.starts_at - EARLY:
        yield Reason(
            "too_early",
            f"{session.ref} begins on {moment(session.starts_at, session.zone)}.",
            "Come back half an hour before it begins at the earliest.",
            until=session.starts_at - EARLY,
            source=session.ref,
        )


def is_in_session(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if session.state != "running":
        yield _wrong(session, "is not in session", "Start the meeting first.")


def minutes_are_kept(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if session.state not in ("running", "ended"):
        yield _wrong(session, "is not in session", "Start the meeting first.")


def something_is_ready(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if session.state == "running" and not session.ready:
        yield Reason(
            "nothing_ready",
            "No item has all its votes already.",
            "Close each item with what its votes come to, or defer it.",
            source=session.ref,
        )


def item_is_open(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if item is not None and item.outcome:
        yield Reason(
            "wrong_state",
            f"{item.change} was {item.outcome} in this meeting.",
            "Correct the minutes where they are wrong.",
            source=item.ref,
        )


def item_is_not_begun(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if item is not None and item.is_begun and not item.outcome:
        yield Reason(
            "wrong_state",
            f"{item.change} is being talked about already.",
            "Close it with what it came to.",
            source=item.ref,
        )


def votes_approve(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """See Note [Votes are cast by persons]."""
    if item is None or item.outcome or item.standing is Standing.APPROVED:
        return
    if item.standing is Standing.OPEN:
        lacking = listed(item.missing) or "votes"
        yield Reason(
            "approvals_missing",
            f"{item.change} still lacks {lacking}.",
            "Each member votes on the change themselves; then close the item, or defer it.",
            source=item.change,
        )
    else:
        yield _came_to(item)


def votes_reject(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    """See Note [Votes are cast by persons]."""
    if item is None or item.outcome or item.standing is Standing.REJECTED:
        return
    if item.standing is Standing.OPEN:
        yield Reason(
            "approvals_missing",
            f"Nobody has rejected {item.change}.",
            "Whoever objects votes against it themselves, with a comment; or defer it.",
            source=item.change,
        )
    else:
        yield _came_to(item)


def asks_for_nothing(
    session: Session, item: Item | None, asker: Asker, now: datetime
) -> Iterator[Reason]:
    if item is not None and not item.outcome and item.standing is not Standing.WITHDRAWN:
        yield Reason(
            "wrong_state",
            f"{item.change} is still to be decided.",
            "Close it with what its votes came to, or defer it.",
            source=item.change,
        )


RULES: dict[str, tuple[Rule, ...]] = {
    "add": (by_a_person, by_the_board, agenda_takes_items),
    "close_agenda": (by_a_person, by_the_chair, agenda_is_open),
    "start": (by_a_person, by_the_chair, may_begin),
    "complete": (by_a_person, by_the_chair, is_in_session, something_is_ready),
    "end": (by_a_person, by_the_chair, is_in_session),
    "begin_item": (by_a_person, by_the_chair, is_in_session, item_is_open, item_is_not_begun),
    "approve_item": (by_a_person, by_the_chair, is_in_session, item_is_open, votes_approve),
    "reject_item": (by_a_person, by_the_chair, is_in_session, item_is_open, votes_reject),
    "withdraw_item": (by_a_person, by_the_chair, is_in_session, item_is_open, asks_for_nothing),
    "defer_item": (by_a_person, by_the_chair, is_in_session, item_is_open),
    "write": (by_a_person, by_the_board, minutes_are_kept),
}
OF_ITEM = ("begin_item", "approve_item", "reject_item", "withdraw_item", "defer_item", "write")
OF_MEETING = tuple(verb for verb in RULES if verb not in OF_ITEM)


def may(
    verb: str, session: Session, asker: Asker, *, now: datetime, item: Item | None = None
) -> Decision:
    """Whether `verb` may be said of a meeting or one of its items, with every objection."""
    reasons = [reason for rule in RULES[verb] for reason in rule(session, item, asker, now)]
    return Decision(verb, in_order(reasons))


def _wrong(session: Session, what: str, remedy: str) -> Reason:
    return Reason("wrong_state", f"{session.ref} {what}.", remedy, source=session.ref)


def _came_to(item: Item) -> Reason:
    words = {
        Standing.APPROVED: "has the votes it needs",
        Standing.REJECTED: "was rejected by a vote",
        Standing.WITHDRAWN: "asks for no votes any more",
    }
    return Reason(
        "wrong_state",
        f"{item.change} {words[item.standing]}.",
        "Close it with what its votes came to.",
        source=item.change,
    )

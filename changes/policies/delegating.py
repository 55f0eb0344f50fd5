"""Rules about delegating: to whom, and that nothing is handed on twice. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from changes.policies.reasons import moment
from changes.windows import Interval
from ledger.decision import Decision, Reason

MANAGERS = "a change manager"
SOURCE = "delegations"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as it matters for delegating."""

    username: str
    is_active: bool = True
    is_robot: bool = False
    is_auditor: bool = False
    is_change_manager: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """A delegation, wanted or there; `ref` is "" of one that is wanted."""

    delegator: str
    delegate: str
    period: Interval
    ref: str = ""


def may_delegate(
    wanted: Handed, *, delegate: Person, actor: Person, others: Iterable[Handed], now: datetime
) -> Decision:
    """Whether a delegation may be made; `others` are those of either person that meet it."""
    met = [one for one in others if one.period.overlaps(wanted.period)]
    return Decision(
        "delegate",
        (
            *for_whom(actor, wanted.delegator, what="delegate the votes"),
            *_could_vote(wanted, delegate),
            *(reason for one in met for reason in _meets(wanted, one, now)),
        ),
    )


def for_whom(actor: Person, person: str, *, what: str) -> Iterator[Reason]:
    """Everybody speaks for themselves, and change managers for all people."""
    if not actor.is_active or actor.is_robot:
        yield Reason(
            "not_permitted",
            "Only active people may do this.",
            "Ask a change manager to do it.",
            source="people",
        )
    elif actor.username != person and not actor.is_change_manager:
        yield Reason(
            "not_permitted",
            f"Only {person} and change managers may {what} of {person}; "
            f"{actor.username} is neither.",
            f"Ask {person} or {MANAGERS}.",
            source="people",
        )


def _could_vote(wanted: Handed, delegate: Person) -> Iterator[Reason]:
    if wanted.delegate == wanted.delegator:
        yield Reason(
            "delegation_loop",
            f"{wanted.delegator} cannot delegate to themselves.",
            "Name somebody else.",
            source=SOURCE,
        )
    why = (
        "is no longer active"
        if not delegate.is_active
        else "is a robot, and robots never vote"
        if delegate.is_robot
        else "is an auditor, and auditors change nothing"
        if delegate.is_auditor
        else ""
    )
    if why:
        yield Reason(
            "delegate_cannot_vote",
            f"{delegate.username} {why}.",
            "Name an active person outside the Auditors group.",
            source=SOURCE,
        )


def _meets(wanted: Handed, there: Handed, now: datetime) -> Iterator[Reason]:
    until = moment(there.period.ends_at, now=now)
    end_it = f"End {there.ref} first, or name a period that does not meet it."
    if there.delegator == wanted.delegator:
        yield Reason(
            "delegation_overlaps",
            f"{wanted.delegator} has delegated to {there.delegate} until {until} already "
            f"({there.ref}), and delegates to one person at a time.",
            end_it,
            until=there.period.ends_at,
            source=there.ref,
        )
    elif there.delegator == wanted.delegate and there.delegate == wanted.delegator:
        yield Reason(
            "delegation_loop",
            f"{wanted.delegate} has delegated to {wanted.delegator} until {until} ({there.ref}): "
            "the vote would come back to where it began.",
            end_it,
            until=there.period.ends_at,
            source=there.ref,
        )
    elif there.delegator == wanted.delegate:
        yield Reason(
            "delegation_chain",
            f"{wanted.delegate} has delegated to {there.delegate} until {until} ({there.ref}), and "
            "nobody hands on what was handed to them.",
            f"Delegate to {there.delegate} instead, or to somebody who votes themselves.",
            until=there.period.ends_at,
            source=there.ref,
        )
    elif there.delegate == wanted.delegator:
        yield Reason(
            "delegation_chain",
            f"{there.delegator} has delegated to {wanted.delegator} until {until} ({there.ref}), "
            "and nobody hands on what was handed to them.",
            f"Ask {there.delegator} to delegate to somebody else first.",
            until=there.period.ends_at,
            source=there.ref,
        )

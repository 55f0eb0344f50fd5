"""Rules about what keeps two changes apart: a place that is taken, a locked or full environment.

# Note [Hard and soft]
Two normal changes of one service in one environment at a time would leave nobody able to say which
of them broke it, so they exclude each other; an environment can ask more (all its changes) or less
(nothing). A change that runs keeps every other from starting there, except that standard changes,
agreed beforehand and made to be repeated, do not wait for each other. An emergency waits for
nobody: it is warned, and so is everybody else of it. All other meetings are soft: both sides are
told, and nothing is refused. See `changes.policies.conflicts`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from changes.policies.facts import Facts, Rival
from changes.policies.reasons import listed, moment
from changes.states import Kind, State
from changes.windows import Interval
from ledger.decision import Reason

MOST_TOLD = 3
WAITED_FOR = frozenset({"conflict", "environment_busy"})
"""Objections that end when somebody else is done, with nothing to be edited."""


def place_is_free_when_planned(facts: Facts, now: datetime) -> Iterator[Reason]:
    """No other normal change has the place to itself in the planned period."""
    if facts.kind is not Kind.NORMAL or facts.planned is None:
        return
    for rival in _in_the_way(facts)[:MOST_TOLD]:
        yield _taken(facts, rival, now=now)


def nobody_else_works_there(facts: Facts, now: datetime) -> Iterator[Reason]:
    """No other change is being implemented in the same place."""
    if facts.kind is Kind.EMERGENCY or facts.state is not State.SCHEDULED:
        return
    for rival in _at_work(facts)[:MOST_TOLD]:
        yield _works_there(facts, rival)


def environment_is_not_locked(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Nobody has taken the environment for something else."""
    lock = facts.lock
    if (
        lock is None
        or now >= lock.until
        or facts.kind is Kind.EMERGENCY
        or facts.state is State.IMPLEMENTING
        or (facts.ref and facts.ref == lock.change)
    ):
        return
    taken_for = f" for {lock.change}" if lock.change else ""
    yield Reason(
        "environment_busy",
        f"{lock.by} locked {facts.environment}{taken_for} until "
        f"{moment(lock.until, facts.zone)}: {lock.reason}",
        f"Wait until then, or ask {lock.by} or a change manager to release it.",
        until=lock.until,
        source=f"lock of {facts.environment}",
    )


def environment_has_room(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Fewer changes are being implemented in the environment than may be at once."""
    room = facts.room
    if (
        room is None
        or facts.kind is Kind.EMERGENCY
        or facts.state is not State.SCHEDULED
        or len(room.holders) < room.at_most
    ):
        return
    names = [f"{one.ref} ({one.service}, {one.by})" for one in room.holders[:MOST_TOLD]]
    more = len(room.holders) - len(names)
    who = listed([*names, f"{more} more"] if more else names)
    at_once = "1 change" if room.at_most == 1 else f"{room.at_most} changes"
    yield Reason(
        "environment_busy",
        f"{facts.environment} takes {at_once} at a time, and {who} "
        f"{'has' if len(room.holders) == 1 else 'have'} the room.",
        "Wait for your turn: ask the gate again when it says, or finish what is done.",
        source=f"environment {facts.environment}",
    )


def turn_has_come(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Room goes to those who have waited longest at the gate."""
    room, turn = facts.room, facts.turn
    if (
        room is None
        or turn.has_come
        or facts.kind is Kind.EMERGENCY
        or facts.state is not State.SCHEDULED
    ):
        return
    free = room.at_most - len(room.holders)
    if 0 < free <= turn.before:
        waited = "1 change has" if turn.before == 1 else f"{turn.before} changes have"
        yield Reason(
            "environment_busy",
            f"{waited} waited longer for {facts.environment}, and there is room for {free}.",
            "Ask again when the gate says; each gets its turn.",
            source=f"queue of {facts.environment}",
        )


def others_that_are_passed_by(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Said to an emergency, which waits for nobody: whom it should tell."""
    if facts.kind is not Kind.EMERGENCY:
        return
    for rival in [one for one in facts.rivals if one.is_running][:MOST_TOLD]:
        yield Reason(
            "conflict",
            f"{rival.ref} ({rival.by}) is being implemented on {rival.service} in "
            f"{facts.environment}.",
            f"Tell {rival.by} before you touch it.",
            source=rival.ref,
        )


def free_from(planned: Interval, rivals: Iterable[Rival], *, now: datetime) -> datetime:
    """The first instant, of the planned start or later, from which so long a time is free.

    `rivals` are those that have the place to themselves.
    """
    length = planned.ends_at - planned.starts_at
    instant = max(planned.starts_at, now)
    for rival in sorted(rivals, key=lambda one: one.planned):
        if rival.planned.ends_at <= instant:
            continue
        if rival.planned.starts_at - instant >= length:
            break
        instant = rival.planned.ends_at
    return instant


def _in_the_way(facts: Facts) -> list[Rival]:
    planned = facts.planned
    if planned is None or facts.one_at_a_time == "nothing":
        return []
    return [
        one
        for one in facts.rivals
        if one.kind is Kind.NORMAL
        and one.planned.starts_at < planned.ends_at
        and one.planned.ends_at > planned.starts_at
    ]


def _at_work(facts: Facts) -> list[Rival]:
    if facts.one_at_a_time == "nothing":
        return []
    return [
        one
        for one in facts.rivals
        if one.is_running and not (one.kind is facts.kind is Kind.STANDARD)
    ]


def _taken(facts: Facts, rival: Rival, *, now: datetime) -> Reason:
    assert facts.planned is not None  # _in_the_way answers none without
    normal = [one for one in facts.rivals if one.kind is Kind.NORMAL]
    free = moment(free_from(facts.planned, normal, now=now), facts.zone)
    return Reason(
        "conflict",
        f"{rival.ref} ({rival.by}) has {_place(facts, rival)} from "
        f"{moment(rival.planned.starts_at, facts.zone)} to "
        f"{moment(rival.planned.ends_at, facts.zone)}.",
        f"Plan {facts.ref or 'it'} from {free} on, when the place is free as long as it needs, or "
        f"ask {rival.by} to move {rival.ref}.",
        source=rival.ref,
    )


def _works_there(facts: Facts, rival: Rival) -> Reason:
    length = facts.planned.ends_at - facts.planned.starts_at if facts.planned else timedelta()
    ends = moment(rival.planned.ends_at, facts.zone)
    later = f", or revise {facts.ref} to begin after {ends}" if length else ""
    return Reason(
        "conflict",
        f"{rival.ref} ({rival.by}) is being implemented on {_place(facts, rival)}, planned until "
        f"{ends}.",
        f"Ask {rival.by} to finish {rival.ref} or roll it back{later}.",
        source=rival.ref,
    )


def _place(facts: Facts, rival: Rival) -> str:
    if facts.one_at_a_time == "environment" and rival.service != facts.service:
        return f"{facts.environment} to itself (for {rival.service})"
    return f"{rival.service} in {facts.environment}"

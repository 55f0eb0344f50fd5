"""Voting for somebody else: with whose authority a vote is cast. Pure.

# Note [Standing in]
A delegate holds what the delegator holds, for as long as the delegation lasts. What keeps the
delegator from voting keeps the delegate from voting for them: who wrote a change does not judge it
through somebody else. One person fills one requirement, so a vote is cast either as oneself or for
one other, and nobody is spoken for who has spoken.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from changes.policies import filling
from changes.policies.facts import Facts, Need
from changes.policies.needs import keys_of
from changes.policies.reasons import moment
from changes.policies.standing_facts import StandsFor
from ledger.decision import Reason

ONESELF = StandsFor(0, "", frozenset())


def keys_held(facts: Facts) -> frozenset[str]:
    """As what whoever asks may vote, by themselves or for others."""
    return facts.actor.authorities.union(*(one.authorities for one in usable(facts)))


def usable(facts: Facts) -> list[StandsFor]:
    """For whom they may still vote; see Note [Standing in]."""
    return [one for one in facts.actor.stands_for if not one.is_involved and not one.has_voted]


def cast_for(facts: Facts) -> tuple[StandsFor, frozenset[str]]:
    """For whom a vote is cast, and with which of the authorities that are needed.

    As oneself where that fills a place whose turn has come, else for the first for whom it does;
    and where it fills none, as whatever there is.
    """
    needed = keys_of(facts.needs)
    asked = filling.asked(facts.needs, filling.approvals(facts))
    ways = [(ONESELF, facts.actor.authorities & needed)]
    ways += [(one, one.authorities & needed) for one in usable(facts)]
    open_ways = [way for way in ways if way[1] & keys_of(asked)]
    before = _filled(facts, asked, frozenset())
    fills = [way for way in open_ways if _filled(facts, asked, way[1]) > before]
    return next(iter([*fills, *open_ways]), ways[0])


def _filled(facts: Facts, asked: Sequence[Need], keys: frozenset[str]) -> int:
    """How many places are filled with one more approval that holds these keys."""
    people = filling.approvers(facts)
    if keys:
        people = {**people, facts.actor.username: keys}
    return sum(len(names) for names in filling.fill(asked, people))


def not_on_leave(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Whoever is on leave does not vote."""
    until = facts.actor.away_until
    if until is not None and until > now:
        yield Reason(
            "on_leave",
            f"{facts.actor.username} is on leave until {moment(until, facts.zone, now=now)}.",
            "End the absence under “My absences and delegations”, or let a delegate vote.",
            until=until,
            source="absences",
        )


def not_spoken_for(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Nobody votes whose delegate has voted for them."""
    if facts.actor.voted_through:
        yield Reason(
            "already_voted",
            f"{facts.actor.voted_through} has voted for {facts.actor.username} on this plan.",
            "Nothing is left to do; a new vote is possible after the plan changes.",
            source="delegations",
        )


def why_not_for(facts: Facts) -> Iterator[Reason]:
    """Why whoever asks may not vote for those who delegated to them."""
    needed = keys_of(facts.needs)
    for one in facts.actor.stands_for:
        if one.authorities & needed and one.is_involved:
            yield Reason(
                "self_approval",
                f"{one.username} wrote, revised or implements this change, and so nobody votes on "
                "it for them.",
                "Ask somebody else who holds the authority.",
                source="delegations",
            )
        elif one.authorities & needed and one.has_voted:
            yield Reason(
                "already_voted",
                f"{one.username} has voted on this plan, and votes once.",
                "Nothing is left to do; a new vote is possible after the plan changes.",
                source="delegations",
            )

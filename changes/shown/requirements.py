"""Whom a change asks, who has answered, and who could."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from changes.models import Change, Vote
from changes.policies import Facts, filling
from changes.policies.needs import among
from changes.queries.agreement import Could
from changes.queries.evidence import could_fill
from changes.shown.words import whom
from changes.states import State

HOW = {
    "password": "gave the password again",
    "second_factor": "gave password and code again",
    "token": "by an API token",
}
WORDS = {"approve": "Approved", "reject": "Rejected", "abstain": "Abstained"}


@dataclass(frozen=True, slots=True)
class ShownVote:
    """`lapsed` says why a vote no longer counts, `on_behalf_of` for whom it was cast, or are ""."""

    voter: str
    decision: str
    label: str
    at: datetime
    comment: str
    lapsed: str
    how: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule's demand: `open` places of `count` are empty; `candidates` could fill them.

    `stage` is 0 where nobody is asked after anybody else; `later` says that its turn has not come,
    `escalated_to` who is asked as well since it is late.
    """

    authority_label: str
    rule: str
    count: int
    open: int
    share: str = ""
    stage: int = 0
    later: bool = False
    escalated_to: str = ""
    votes: list[ShownVote] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)


def candidates(facts: Facts, *, change: Change, now: datetime) -> Could:
    """Who could vote: in planning the facts know already, after the end nobody is asked."""
    if facts.candidates is not None:
        return Could(facts.candidates, facts.holders, facts.away)
    asking = facts.needs and not change.ended_at
    return could_fill(facts, change=change, now=now) if asking else Could({}, {})


def requirements(
    facts: Facts, votes: Sequence[Vote], *, turn: int, could: Could
) -> list[Requirement]:
    """Each requirement with the votes of round `turn` that speak to it, each vote shown once.

    In planning nothing is filled: the next submission opens a new round, and earlier votes are
    shown as lapsed.
    """
    planning = facts.state is State.PLANNING
    filled = [[] for _ in facts.needs] if planning else filling.approvals(facts)
    cast = {vote.voter.username: vote for vote in votes if vote.round == turn}
    places = {name: place for place, names in enumerate(filled) for name in names}
    for name, vote in cast.items():
        if name not in places:
            places[name] = _place_of(vote, facts)
    staged = len({need.stage for need in facts.needs}) > 1
    asked = filling.asked(facts.needs, filled)
    return [
        Requirement(
            authority_label=whom(need),
            rule=need.rule,
            count=need.count,
            open=need.count - len(filled[place]),
            share=f"{need.percent} %" if need.percent else "",
            stage=need.stage if staged else 0,
            later=need not in asked,
            escalated_to=whom(need.also) if need.also else "",
            votes=[_shown(vote, facts) for name, vote in cast.items() if places[name] == place],
            candidates=among(need, could.vote),
        )
        for place, need in enumerate(facts.needs)
    ]


def counted(shown: Sequence[Requirement]) -> str:
    """`2 of 4 votes`; empty when nobody is asked."""
    wanted = sum(one.count for one in shown)
    there = wanted - sum(one.open for one in shown)
    return f"{there} of {wanted} vote{'s' if wanted > 1 else ''}" if wanted else ""


def _place_of(vote: Vote, facts: Facts) -> int:
    """Where a vote that fills nothing is shown: the first requirement its authority speaks to."""
    return next(
        (place for place, need in enumerate(facts.needs) if need.keys & {*vote.authorities}), 0
    )


def _shown(vote: Vote, facts: Facts) -> ShownVote:
    return ShownVote(
        voter=vote.voter.label,
        decision=vote.decision,
        label=WORDS[vote.decision],
        at=vote.cast_at,
        comment=vote.comment,
        lapsed=_lapsed(vote, facts),
        how=HOW.get(vote.authenticated_by, ""),
        on_behalf_of=vote.on_behalf_of.label if vote.on_behalf_of else "",
    )


def _lapsed(vote: Vote, facts: Facts) -> str:
    if vote.decision != Vote.Word.APPROVE:
        return ""
    if vote.plan_digest != facts.plan_digest:
        return "lapsed: cast on an earlier plan"
    if vote.voter.username in facts.excluded_voters:
        return "does not count: now author, editor or implementer"
    if facts.state is State.PLANNING:
        return "lapsed: it will be asked for again"
    return ""

"""Rules about who: who may say which verb, and separation of duties."""

from collections.abc import Callable, Iterator
from datetime import datetime

from changes.policies import standing_in
from changes.policies.facts import ActorFacts, Facts
from changes.policies.needs import keys_of
from changes.policies.reasons import listed
from changes.states import State
from ledger.decision import Reason

Rule = Callable[[Facts, datetime], Iterator[Reason]]

TEAM = "a member of the owner team"
AUTHOR_OR_TEAM = "the author or a member of the owner team"
IMPLEMENTERS = "the implementer, a member of the owner team or CI"
STEWARDS = "the author, a member of the owner team or a change manager"


def _team(actor: ActorFacts) -> bool:
    return actor.in_team and not actor.is_robot


def _author_or_team(actor: ActorFacts) -> bool:
    return actor.is_author or _team(actor)


def _implementers(actor: ActorFacts) -> bool:
    return actor.is_implementer or actor.is_robot or _author_or_team(actor)


def _stewards(actor: ActorFacts) -> bool:
    return _author_or_team(actor) or actor.is_change_manager


def _by(words: str, permitted: Callable[[ActorFacts], bool]) -> Rule:
    def rule(facts: Facts, now: datetime) -> Iterator[Reason]:
        if not facts.actor.is_active:
            yield no_longer_active(facts.actor)
        elif not permitted(facts.actor):
            yield Reason(
                "not_permitted",
                f"Only {words} may do this; {facts.actor.username or 'nobody signed in'} is not.",
                f"Ask {words} of {facts.service}.",
                source="people",
            )

    return rule


by_team = _by(TEAM, _team)
by_author_or_team = _by(AUTHOR_OR_TEAM, _author_or_team)
by_implementer_or_ci = _by(IMPLEMENTERS, _implementers)
by_steward = _by(STEWARDS, _stewards)


def not_by_an_auditor(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Auditors read everything and change nothing, whatever team they are in."""
    if facts.actor.is_auditor:
        yield _auditor()


def objections_to_writing(actor: ActorFacts) -> Iterator[Reason]:
    """Why somebody may not even file a change."""
    if not actor.is_active:
        yield no_longer_active(actor)
    if actor.is_auditor:
        yield _auditor()


def by_responder(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Break glass is for a person who answers the incident.

    That is its commander, whoever is on call, and the change's author and team.
    """
    actor = facts.actor
    if not actor.is_active:
        yield no_longer_active(actor)
        return
    commands = facts.incident is not None and facts.incident.commander == actor.username
    if actor.is_robot or not (commands or "ecab" in actor.authorities or _author_or_team(actor)):
        yield Reason(
            "not_permitted",
            "Only a person who answers the incident may break glass.",
            "Ask the incident commander or whoever is on call.",
            source="people",
        )


def not_by_an_approver(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Whoever approved a change does not implement it."""
    if facts.actor.voted == "approve":
        yield Reason(
            "self_approval",
            f"{facts.actor.username} approved this change, so somebody else must implement it.",
            "Ask the implementer named in the change, or another member of the team.",
            source="separation of duties",
        )


def by_eligible_voter(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A voter is an active person entitled to a requirement.

    Author, last editor and implementer are none; see design, separation of duties.
    """
    actor = facts.actor
    if actor.is_robot:
        yield _may_not("Robots never vote.", "Ask a person to vote.")
        return
    if not actor.is_active:
        yield no_longer_active(actor)
    roles = [
        word
        for word, holds in (
            ("wrote", actor.is_author),
            ("last revised", actor.is_last_editor),
            ("implements", actor.is_implementer),
        )
        if holds
    ]
    if roles:
        yield Reason(
            "self_approval",
            f"{actor.username} {listed(roles)} this change and cannot vote on it.",
            "Ask somebody else who holds the authority.",
            source="separation of duties",
        )
    if not roles and not standing_in.keys_held(facts) & keys_of(facts.needs):
        for_others = list(standing_in.why_not_for(facts))
        yield from for_others
        if not for_others:
            yield _may_not(
                f"{actor.username} holds none of the authorities this change needs.",
                "Leave the vote to the people named under Approvals.",
            )


def vote_is_wanted(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A change that has started asks for votes only where it broke glass, until it has them."""
    owed = facts.broke_glass_at is not None and not facts.retroactively_approved
    if facts.state in (State.IMPLEMENTING, State.VALIDATING) and not owed:
        yield Reason(
            "wrong_state",
            f"{facts.ref} has started; the voting is over.",
            "Raise an objection with the implementer, who can roll it back.",
            source="lifecycle",
        )


def has_not_voted(facts: Facts, now: datetime) -> Iterator[Reason]:
    """One person votes once a round."""
    if facts.actor.voted:
        yield Reason(
            "already_voted",
            f"{facts.actor.username} has voted “{facts.actor.voted}” on this plan.",
            "Nothing is left to do; a new vote is possible after the plan changes.",
            source="separation of duties",
        )


def _auditor() -> Reason:
    return _may_not(
        "Auditors read everything and change nothing.", "Ask somebody outside the Auditors group."
    )


def no_longer_active(actor: ActorFacts) -> Reason:
    """What is said to an account that was switched off."""
    return _may_not(
        f"{actor.username} is no longer active.", "Ask an administrator to activate the account."
    )


def _may_not(message: str, remedy: str) -> Reason:
    return Reason("not_permitted", message, remedy, source="people")

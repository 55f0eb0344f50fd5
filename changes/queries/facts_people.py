"""Facts about people, from the rows of `facts_sql`: who asks, as what, and for whom."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.models import User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes.policies import facts as f
from changes.policies import tasks as work
from changes.policies.needs import every
from changes.policies.standing_facts import StandsFor


def authorities(
    username: str,
    *,
    groups: Collection[str],
    role: str | None,
    incident: f.IncidentFacts | None,
    needs: Sequence[f.Need],
) -> frozenset[str]:
    """As what somebody may vote, by keys of needs; `role` is theirs in the owner team."""
    held = {
        f.Authority.PEER: role is not None,
        f.Authority.SERVICE_OWNER: role == "lead",
        f.Authority.CAB: CAB in groups,
        f.Authority.CHANGE_MANAGER: CHANGE_MANAGERS in groups,
        f.Authority.ECAB: bool({CAB, ON_CALL} & set(groups))
        or (incident is not None and incident.commander == username),
    }
    return frozenset(
        [
            *(str(authority) for authority, holds in held.items() if holds),
            *(need.key for need in every(needs) if need.group and need.group in groups),
            *(need.key for need in needs if username in need.people),
        ]
    )


def actor_facts(
    actor: User,
    change: list[Any] | None,
    votes: Any,
    *,
    groups: list[str],
    role: str | None,
    incident: f.IncidentFacts | None,
    needs: tuple[f.Need, ...],
) -> f.ActorFacts:
    """Who asks, as the change sees them."""
    author, last_editor, implementer, started_by = change[20] if change else (None,) * 4
    return f.ActorFacts(
        username=actor.username,
        is_robot=actor.is_robot,
        is_active=actor.is_active,
        is_author=author == actor.pk,
        is_last_editor=last_editor == actor.pk,
        is_implementer=actor.pk in (implementer, started_by),
        in_team=role is not None,
        is_change_manager=CHANGE_MANAGERS in groups,
        is_auditor=AUDITORS in groups,
        authorities=authorities(
            actor.username, groups=groups, role=role, incident=incident, needs=needs
        ),
        voted=next((decision for voter, _, decision, *_ in votes if voter == actor.pk), ""),
        voted_through=next((name for _, name, *_, other, _ in votes if other == actor.pk), ""),
    )


def excluded(change: list[Any] | None, votes: Any) -> frozenset[str]:
    """Voters who have become author, last editor or implementer, or started the change.

    And those who voted for such a person; see Note [Standing in] in `policies.standing_in`.
    """
    if not change:
        return frozenset()
    involved = {key for key in change[20] if key is not None}
    return frozenset(name for voter, name, *_, other, _ in votes if {voter, other} & involved)


def with_standing(facts: f.Facts, row: list[Any], standing: list[Any], *, actor: User) -> f.Facts:
    """The facts with whether whoever asks is on leave, and for whom they stand in."""
    until, delegators = standing
    if until is None and not delegators:
        return facts
    change, votes = row[0], row[2] or ()
    involved, implementers = set(change[20]), work.implementers(facts)
    stands_for = tuple(
        StandsFor(
            key,
            username,
            authorities(
                username, groups=groups, role=role, incident=facts.incident, needs=facts.needs
            ),
            is_involved=key in involved or username in implementers,
            has_voted=any(
                voter != actor.pk and key in (voter, other) for voter, *_, other, _ in votes
            ),
        )
        for key, username, groups, role in delegators or ()
        if AUDITORS not in groups
    )
    away = datetime.fromisoformat(until) if until else None
    return replace(facts, actor=replace(facts.actor, away_until=away, stands_for=stands_for))

"""Who must agree to a change that is still in planning, and who could."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from catalog import statements
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import ApprovalRule as Row
from changes.models import Change, Requirement
from changes.policies import tasks
from changes.policies.facts import Authority, Facts, Need
from changes.policies.needs import every
from changes.policies.requirements import ApprovalRule, counted, needs_for
from changes.policies.standing_facts import Away
from changes.queries import leave
from changes.risk import RiskLevel

_RULES = """
SELECT coalesce(json_agg(t ORDER BY t.name), '[]')::text
FROM changes_approvalrule t WHERE t.is_active
"""
_PERSON = """u.is_active AND NOT u.is_robot
    AND NOT EXISTS (SELECT FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = u.id AND g.name = 'Auditors')"""
# Key, name, until when they are on leave, and who stands in for them then, as JSON.
_WHO = f"u.id, u.username, {leave.away('u.id')}, {leave.delegate('u.id')}::text"
_MEMBERS = f"""
SELECT {_WHO} FROM catalog_team t JOIN catalog_membership m ON m.team_id = t.id
JOIN catalog_user u ON u.id = m.user_id
WHERE t.slug = %(team)s AND m.role = ANY (%(roles)s::text[]) AND {_PERSON}
"""  # noqa: S608 conditions of our own
_IN_GROUPS = f"""
SELECT {_WHO} FROM auth_group g JOIN catalog_user_groups i ON i.group_id = g.id
JOIN catalog_user u ON u.id = i.user_id
WHERE g.name = ANY (%(groups)s::text[]) AND {_PERSON}
UNION SELECT {_WHO} FROM catalog_user u
WHERE u.username = ANY (%(named)s::text[]) AND {_PERSON}
"""  # noqa: S608 conditions of our own
_ROLES = {Authority.PEER: ["member", "lead"], Authority.SERVICE_OWNER: ["lead"]}
_GROUPS = {
    Authority.CAB: [CAB],
    Authority.CHANGE_MANAGER: [CHANGE_MANAGERS],
    Authority.ECAB: [CAB, ON_CALL],
}


@dataclass(frozen=True, slots=True)
class Could:
    """For each key of a need: who could vote, by username, and how many hold the authority.

    Whoever is on leave could not, but somebody who stands in for them; `away` are those.
    """

    vote: Mapping[str, frozenset[str]]
    holders: Mapping[str, int]
    away: tuple[Away, ...] = ()


def rule_of(row: Row) -> ApprovalRule:
    """A row, saved or not, as the pure rules take it."""
    return ApprovalRule(
        name=row.name,
        authority=Authority(row.authority),
        count=row.count,
        kinds=frozenset(row.kinds),
        risk_at_least=RiskLevel(row.risk_at_least),
        environments=frozenset(row.environments),
        teams=frozenset(row.teams),
        tiers=frozenset(row.tiers),
        categories=frozenset(row.categories),
        stage=row.stage,
        group=row.group,
        people=frozenset(row.people),
        percent=row.percent,
    )


def need_of(row: Requirement) -> Need:
    """A kept requirement, as the pure rules take it."""
    return Need(
        Authority(row.authority),
        row.count,
        row.rule,
        stage=row.stage,
        group=row.group,
        people=frozenset(row.people),
        percent=row.percent,
        also=_next(row) if row.escalated_at else None,
    )


def _next(row: Requirement) -> Need:
    """Who may fill a requirement too, since it escalated."""
    return Need(
        Authority(row.next_authority),
        row.count,
        row.rule,
        stage=row.stage,
        group=row.next_group,
    )


def rules() -> tuple[ApprovalRule, ...]:
    """The active approval rules, as the pure rules take them; one statement."""
    ((text,),) = statements.fetched(_RULES, {})
    return _read(text)


@lru_cache(maxsize=8)
def _read(text: str) -> tuple[ApprovalRule, ...]:
    """The rules in a text; the same one comes again and again."""
    return tuple(rule_of(Row(**row)) for row in orjson.loads(text))


class _Holder(NamedTuple):
    """Somebody who holds an authority; the keys are theirs and their delegate's."""

    key: int
    username: str
    away: Away | None
    delegate: int | None

    def votes(self, involved: Collection[int | None]) -> str:
        """Who votes: they do, or who stands in for them while they are on leave; "" nobody."""
        if self.away is None:
            return self.username
        return "" if self.delegate in involved else self.away.delegate


#: Who holds what, by need, team and commander.
Known = dict[tuple[Need, str, str], list[_Holder]]


def with_needs(facts: Facts, *, involved: set[int | None], now: datetime) -> Facts:
    """The facts with what approval and policy rules would ask at `now`, and who could answer.

    `involved` holds the keys of author, last editor and implementer: they do not count. Two
    statements, and one for each authority that is asked for.
    """
    if facts.takes_back_the_cause:
        return replace(facts, needs=(), candidates={})
    needs = needs_for(rules(), facts)
    if facts.custom_rules is not None:
        needs += facts.custom_rules.needs(facts, now=now)
    commander = facts.incident.commander if facts.incident else ""
    could = who_could(
        needs,
        team=facts.team,
        commander=commander,
        involved=involved,
        besides=tasks.implementers(facts),
        now=now,
    )
    return replace(
        facts,
        needs=counted(sorted(needs, key=lambda need: need.stage), could.holders),
        candidates=could.vote,
        holders=could.holders,
        away=could.away,
    )


def who_could(
    needs: Iterable[Need],
    *,
    team: str,
    now: datetime,
    commander: str = "",
    involved: Collection[int | None] = (),
    besides: frozenset[str] = frozenset(),
    known: Known | None = None,
) -> Could:
    """Who could vote for each need at `now`, over the services of the team of this slug.

    A statement for each authority. Auditors change nothing, so they hold none, whatever else they
    are; `involved` are the keys of people who may not judge this change, `besides` more of them by
    username. What is `known` already is not asked again, and what is asked is added to it.
    """
    known = {} if known is None else known
    vote: dict[str, frozenset[str]] = {}
    holders: dict[str, int] = {}
    away: dict[str, Away] = {}
    for need in every(needs):
        if need.key in vote:
            continue
        about = (need, team, commander)
        if about not in known:
            known[about] = _holders(need, team=team, commander=commander, now=now)
        found = known[about]
        holders[need.key] = len(found)
        free = [one for one in found if one.key not in involved and one.username not in besides]
        away |= {one.username: one.away for one in free if one.away}
        names = [one.votes(involved) for one in free]
        vote[need.key] = frozenset(name for name in names if name and name not in besides)
    return Could(vote, holders, tuple(away[name] for name in sorted(away)))


def _holders(need: Need, *, team: str, commander: str, now: datetime) -> list[_Holder]:
    """The active people who hold what is needed, involved or not."""
    named = sorted(need.people)
    if need.authority in _ROLES:
        asked = {"team": team, "roles": _ROLES[need.authority], "now": now}
        return [_holder(*row) for row in statements.fetched(_MEMBERS, asked)]
    if need.authority is Authority.ECAB and commander:
        named = [commander]
    groups = [need.group] if need.group else _GROUPS.get(need.authority, [])
    found = statements.fetched(_IN_GROUPS, {"groups": groups, "named": named, "now": now})
    return [_holder(*row) for row in found]


def _holder(key: int, username: str, until: datetime | None, delegate: str | None) -> _Holder:
    number, name = orjson.loads(delegate) if delegate else (None, "")
    away = Away(username, until, name) if until else None
    return _Holder(key, username, away, number)


def for_planning(facts: Facts, *, change: Change, now: datetime) -> Facts:
    """`with_needs` for a saved change."""
    return with_needs(facts, involved=involved_in(change), now=now)


def involved_in(change: Change) -> set[int | None]:
    """The keys of those who may not judge it."""
    return {
        change.author_id,
        change.last_editor_id,
        change.implementer_id,
        change.started_by_id,
    }

"""Who must agree to a change that is still in planning, and who could."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from catalog import statements
from catalog.models import User
from catalog.prepared import Prepared
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import ApprovalRule as Row
from changes.models import Change
from changes.policies import tasks
from changes.policies.facts import Authority, Facts
from changes.policies.requirements import ApprovalRule, needs_for
from changes.risk import RiskLevel

_RULES = Prepared(Row, where="t.is_active", ending="ORDER BY t.name")
_PERSON = """u.is_active AND NOT u.is_robot AND u.id <> ALL (%(involved)s::bigint[])
    AND NOT EXISTS (SELECT FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = u.id AND g.name = 'Auditors')"""
_MEMBERS = f"""
SELECT u.username FROM catalog_team t JOIN catalog_membership m ON m.team_id = t.id
JOIN catalog_user u ON u.id = m.user_id
WHERE t.slug = %(team)s AND m.role = ANY (%(roles)s::text[]) AND {_PERSON}
"""  # noqa: S608 conditions of our own
_IN_GROUPS = f"""
SELECT u.username FROM auth_group g JOIN catalog_user_groups i ON i.group_id = g.id
JOIN catalog_user u ON u.id = i.user_id
WHERE g.name = ANY (%(groups)s::text[]) AND {_PERSON}
UNION SELECT u.username FROM catalog_user u WHERE u.username = %(commander)s AND {_PERSON}
"""  # noqa: S608 conditions of our own
_ROLES = {Authority.PEER: ["member", "lead"], Authority.SERVICE_OWNER: ["lead"]}
_GROUPS = {
    Authority.CAB: [CAB],
    Authority.CHANGE_MANAGER: [CHANGE_MANAGERS],
    Authority.ECAB: [CAB, ON_CALL],
}


def rules() -> list[ApprovalRule]:
    """The active approval rules, as the pure rules take them."""
    return [
        ApprovalRule(
            name=row.name,
            authority=Authority(row.authority),
            count=row.count,
            kinds=frozenset(row.kinds),
            risk_at_least=RiskLevel(row.risk_at_least),
            environments=frozenset(row.environments),
            teams=frozenset(row.teams),
            tiers=frozenset(row.tiers),
            categories=frozenset(row.categories),
        )
        for row in _RULES.rows()
    ]


def with_needs(facts: Facts, *, involved: set[int | None], now: datetime) -> Facts:
    """The facts with what approval and policy rules would ask at `now`, and who could answer.

    `involved` holds the keys of author, last editor and implementer: they do not count. Two
    statements, and one for each authority that is asked for.
    """
    needs = needs_for(rules(), facts)
    if facts.custom_rules is not None:
        needs += facts.custom_rules.needs(facts, now=now)
    commander = facts.incident.commander if facts.incident else ""
    known = {"team": facts.team, "involved": [key for key in involved if key]}
    candidates = {
        str(authority): _candidates(authority, commander=commander, **known)
        - tasks.implementers(facts)
        for authority in dict.fromkeys(need.authority for need in needs)
    }
    return replace(facts, needs=needs, candidates=candidates)


def _candidates(authority: Authority, *, commander: str, **known: Any) -> frozenset[str]:
    """`holders` without those involved, by a statement planned once."""
    if authority in _ROLES:
        found = statements.fetched(_MEMBERS, {**known, "roles": _ROLES[authority]})
    else:
        named = commander if authority is Authority.ECAB else ""
        asked = {**known, "groups": _GROUPS[authority], "commander": named}
        found = statements.fetched(_IN_GROUPS, asked)
    return frozenset(name for (name,) in found)


def for_planning(facts: Facts, *, change: Change, now: datetime) -> Facts:
    """`with_needs` for a saved change."""
    return with_needs(
        facts,
        involved={change.author_id, change.last_editor_id, change.implementer_id},
        now=now,
    )


def holders(authority: str, *, team: str, commander: str = "") -> QuerySet[User]:
    """The active people who hold an authority over the services of the team of this slug.

    Auditors change nothing, so they hold none, whatever else they are.
    """
    people = User.objects.filter(is_active=True, is_robot=False).exclude(groups__name=AUDITORS)
    held: dict[str, Any] = {
        Authority.PEER: Q(memberships__team__slug=team),
        Authority.SERVICE_OWNER: Q(memberships__team__slug=team, memberships__role="lead"),
        Authority.CAB: Q(groups__name=CAB),
        Authority.CHANGE_MANAGER: Q(groups__name=CHANGE_MANAGERS),
        Authority.ECAB: Q(groups__name__in=[CAB, ON_CALL]) | Q(username=commander),
    }
    return people.filter(held[authority]).distinct().order_by("username")

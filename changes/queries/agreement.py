"""Who must agree to a change that is still in planning, and who could."""

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import ApprovalRule as Row
from changes.models import Change
from changes.policies.facts import Authority, Facts
from changes.policies.requirements import ApprovalRule, needs_for
from changes.risk import RiskLevel


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
        for row in Row.objects.filter(is_active=True)
    ]


def with_needs(facts: Facts, *, involved: set[int | None]) -> Facts:
    """The facts with what the approval rules would ask now, and who could answer.

    `involved` holds the keys of author, last editor and implementer: they do not count. Two
    statements, and one for each authority that is asked for.
    """
    needs = needs_for(rules(), facts)
    commander = facts.incident.commander if facts.incident else ""
    candidates = {
        str(authority): frozenset(
            holders(authority, team=facts.team, commander=commander)
            .exclude(pk__in=[key for key in involved if key])
            .values_list("username", flat=True)
        )
        for authority in dict.fromkeys(need.authority for need in needs)
    }
    return replace(facts, needs=needs, candidates=candidates)


def for_planning(facts: Facts, *, change: Change) -> Facts:
    """`with_needs` for a saved change."""
    return with_needs(
        facts, involved={change.author_id, change.last_editor_id, change.implementer_id}
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

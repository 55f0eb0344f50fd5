"""From approval rules to requirements: every rule that matches applies. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from changes.policies.facts import Authority, Facts, Need
from changes.risk import ORDER, RiskLevel
from changes.states import Kind


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One row: its conditions (empty matches everything) and whom it asks for."""

    name: str
    authority: Authority
    count: int
    kinds: frozenset[str] = frozenset()
    risk_at_least: RiskLevel = RiskLevel.LOW
    environments: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    tiers: frozenset[int] = frozenset()
    categories: frozenset[str] = frozenset()

    def matches(self, facts: Facts) -> bool:
        return (
            (not self.kinds or facts.kind in self.kinds)
            and ORDER[RiskLevel(facts.risk_level)] >= ORDER[self.risk_at_least]
            and (not self.environments or facts.environment in self.environments)
            and (not self.teams or facts.team in self.teams)
            and (not self.tiers or facts.tier in self.tiers)
            and (not self.categories or facts.category in self.categories)
        )


def needs_for(rules: Iterable[ApprovalRule], facts: Facts) -> tuple[Need, ...]:
    """What the matching rules ask, by name of rule. A standard change was agreed beforehand."""
    if facts.kind is Kind.STANDARD:
        return ()
    return tuple(
        Need(rule.authority, rule.count, rule.name)
        for rule in sorted(rules, key=lambda rule: rule.name)
        if rule.matches(facts)
    )

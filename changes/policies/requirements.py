"""From approval rules to requirements: every rule that matches applies. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

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
    stage: int = 1
    group: str = ""
    people: frozenset[str] = frozenset()
    percent: int | None = None

    def matches(self, facts: Facts) -> bool:
        return (
            (not self.kinds or facts.kind in self.kinds)
            and ORDER[RiskLevel(facts.risk_level)] >= ORDER[self.risk_at_least]
            and (not self.environments or facts.environment in self.environments)
            and (not self.teams or facts.team in self.teams)
            and (not self.tiers or facts.tier in self.tiers)
            and (not self.categories or facts.category in self.categories)
        )

    def need(self) -> Need:
        """What it asks of a change that it matches."""
        return Need(
            self.authority,
            self.count,
            self.name,
            stage=self.stage,
            group=self.group,
            people=self.people,
            percent=self.percent,
        )


def needs_for(rules: Iterable[ApprovalRule], facts: Facts) -> tuple[Need, ...]:
    """What the matching rules ask, by stage and name of rule.

    A standard change was agreed beforehand.
    """
    if facts.kind is Kind.STANDARD:
        return ()
    return tuple(
        rule.need()
        for rule in sorted(rules, key=lambda rule: (rule.stage, rule.name))
        if rule.matches(facts)
    )


def counted(needs: Iterable[Need], holders: Mapping[str, int]) -> tuple[Need, ...]:
    """The needs with every percentage made a number; `holders` maps a key to how many hold it.

    All who hold an authority count, also those who may not vote on this very change: who wrote it
    does not lower what it needs.
    """
    return tuple(
        need
        if need.percent is None
        else replace(need, count=share(need.percent, holders[need.key]))
        for need in needs
    )


def share(percent: int, people: int) -> int:
    """So many per cent of people, rounded up, and one at least."""
    return max(1, -(-percent * people // 100))

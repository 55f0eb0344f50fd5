"""What would lower the risk of a change, and whose votes it would then not need."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from changes.models import Template
from changes.policies.facts import Facts, Need
from changes.policies.requirements import counted, needs_for
from changes.queries.agreement import rules
from changes.risk import Circumstances
from changes.risk.lowering import Lowering, lowering


@dataclass(frozen=True, slots=True)
class Lower:
    """One thing that can be done; `fewer` says how many votes of whom are needed less then."""

    what: Lowering
    fewer: tuple[tuple[Need, int], ...] = ()


def lower(
    at: Circumstances, facts: Facts, *, now: datetime, locked: Collection[str] = ()
) -> tuple[Lower, ...]:
    """What would lower the risk of the change with these facts, the most first.

    One statement, where anything would.
    """
    found = lowering(at, locked=locked)
    if not found:
        return ()
    rows = rules()

    def asked(facts: Facts) -> tuple[Need, ...]:
        custom = facts.custom_rules.needs(facts, now=now) if facts.custom_rules else ()
        holders = defaultdict(int, facts.holders)
        return counted(needs_for(rows, facts), holders) + custom

    needs = asked(facts)
    by_level_alone = facts.custom_rules is None or not facts.custom_rules.rules

    def fewer(one: Lowering) -> tuple[tuple[Need, int], ...]:
        if by_level_alone and str(one.level) == facts.risk_level:
            return ()
        return _fewer(needs, asked(replace(facts, risk_level=str(one.level), risk_score=one.score)))

    return tuple(Lower(one, fewer(one)) for one in found)


def locked_by(template: Template | None) -> Collection[str]:
    """The fields that a change from this template cannot change."""
    return template.locked if template else ()


def _fewer(needs: tuple[Need, ...], then: tuple[Need, ...]) -> tuple[tuple[Need, int], ...]:
    """The votes that would not be needed any more, by a need of the same people."""
    asked = {need.key: need for need in needs}
    less = {key: _votes(needs, key) - _votes(then, key) for key in asked}
    return tuple((asked[key], count) for key, count in less.items() if count > 0)


def _votes(needs: tuple[Need, ...], key: str) -> int:
    return sum(need.count for need in needs if need.key == key)

"""What would lower the risk of a change, and whose votes it would then not need."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from changes.models import Template
from changes.policies.facts import Authority, Facts, Need
from changes.policies.requirements import needs_for
from changes.queries.agreement import rules
from changes.risk import Circumstances
from changes.risk.lowering import Lowering, lowering


@dataclass(frozen=True, slots=True)
class Lower:
    """One thing that can be done; `fewer` says how many votes of whom are needed less then."""

    what: Lowering
    fewer: tuple[tuple[Authority, int], ...] = ()


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
        return needs_for(rows, facts) + custom

    needs = asked(facts)
    return tuple(
        Lower(
            one,
            _fewer(needs, asked(replace(facts, risk_level=str(one.level), risk_score=one.score))),
        )
        for one in found
    )


def locked_by(template: Template | None) -> Collection[str]:
    """The fields that a change from this template cannot change."""
    return template.locked if template else ()


def _fewer(needs: tuple[Need, ...], then: tuple[Need, ...]) -> tuple[tuple[Authority, int], ...]:
    """The votes that would not be needed any more, by authority."""
    authorities = dict.fromkeys(need.authority for need in needs)
    less = {one: _votes(needs, one) - _votes(then, one) for one in authorities}
    return tuple((authority, count) for authority, count in less.items() if count > 0)


def _votes(needs: tuple[Need, ...], authority: Authority) -> int:
    return sum(need.count for need in needs if need.authority is authority)

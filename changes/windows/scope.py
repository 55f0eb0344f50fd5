"""What a window covers: everything its lists name, save what it excepts.

# Note [Scopes]
A list narrows, an empty list covers everything, and all lists must agree. So a freeze of the whole
organisation holds for each of its teams, that of a team for each of its services, and either in
every environment, unless an exception takes the team, the service or the environment out. What any
exception names is out, whatever the lists say. `changes.queries.scope_sql` says the same in SQL,
from the same table; a test compares them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DIMENSIONS = {
    "teams": "team",
    "services": "service",
    "environments": "environment",
    "tiers": "tier",
    "kinds": "kind",
    "categories": "category",
}
EXCEPT = "except_"
STANDARD = "standard"
RISKS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change would go and what it is; None where that is not asked.

    Slugs, a tier from 1 to 4, and the words of a change.
    """

    team: str | None = None
    service: str | None = None
    environment: str | None = None
    tier: int | None = None
    kind: str | None = None
    category: str | None = None
    risk: str | None = None


def covers(scope: Any, place: Place) -> bool:
    """Whether a window with these lists covers a place, as far as the place is known.

    `scope` has an attribute for each list, such as `teams` and `except_teams`, and
    `except_standard_up_to_risk`. See Note [Scopes].
    """
    for many, one in DIMENSIONS.items():
        asked = getattr(place, one)
        if asked is None:
            continue
        named = getattr(scope, many)
        if (named and asked not in named) or asked in getattr(scope, EXCEPT + many):
            return False
    return not _passes(scope.except_standard_up_to_risk, place)


def _passes(up_to: str, place: Place) -> bool:
    """Whether it is a standard change of a risk that is let through."""
    if not up_to or place.kind != STANDARD or place.risk is None:
        return False
    return RISKS.index(place.risk) <= RISKS.index(up_to)


def leaves_nothing(scope: Any) -> Iterator[str]:
    """The lists whose every entry is excepted, so that the window would cover nothing."""
    for many in DIMENSIONS:
        named = getattr(scope, many)
        if named and set(named) <= set(getattr(scope, EXCEPT + many)):
            yield many


def words(scope: Any) -> str:
    """`production, tier 1, except search`: what a window is narrowed to; empty for everything."""
    named = [_word(many, one) for many in _SPOKEN for one in getattr(scope, many)]
    excepted = [_word(many, one) for many in _SPOKEN for one in getattr(scope, EXCEPT + many)]
    if excepted:
        named.append(f"except {' and '.join(excepted)}")
    if scope.except_standard_up_to_risk:
        named.append(f"not standard changes up to {scope.except_standard_up_to_risk} risk")
    return ", ".join(named)


_SPOKEN = {
    "environments": "{}",
    "teams": "team {}",
    "services": "{}",
    "tiers": "tier {}",
    "kinds": "{} changes",
    "categories": "{}",
}


def _word(many: str, one: str | int) -> str:
    return _SPOKEN[many].format(one)

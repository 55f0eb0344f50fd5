"""Rules as tests write them: plain conditions, and facts from the tests of the other rules."""

from datetime import UTC, datetime
from typing import Any

from changes.policies.custom import CustomRule, Effect, Mode
from changes.policies.custom.reading import read
from changes.policies.facts import Authority

FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
"""15:30 in Berlin."""


def is_(field: str, value: Any, operator: str = "is", **more: Any) -> dict[str, Any]:
    """One condition, as JSON."""
    return {"field": field, "operator": operator, "value": value, **more}


def rule(*members: dict[str, Any], joined: str = "all", **given: Any) -> CustomRule:
    """A rule that denies starts and deployments, unless `given` says otherwise."""
    usual: dict[str, Any] = {
        "name": "No risky Fridays",
        "version": 3,
        "effect": Effect.DENY,
        "mode": Mode.ENFORCE,
        "verbs": frozenset({"start", "deploy"}),
        "when": read({joined: list(members)}),
        "message": "Nobody is there to help.",
        "remedy": "Plan it for Monday.",
        "authority": Authority.CAB,
        "count": 2,
    }
    return CustomRule(**usual | given)

"""Policy rules as a change manager writes them."""

from typing import Any

from changes.models import PolicyRule
from changes.rulebook import policy
from tests.changes.policies.custom.given import is_
from tests.living import NINE, person

FRIDAYS = {
    "all": [
        is_("kind", "normal"),
        is_("weekday", "friday", zone="Europe/Berlin"),
        is_("time", "14:00", "after", zone="Europe/Berlin"),
    ]
}


def row(**given: Any) -> PolicyRule:
    """A rule that is not saved: it denies starts and deployments on Friday afternoons."""
    usual = {
        "name": "No risky Fridays",
        "effect": "deny",
        "mode": "enforce",
        "verbs": ["start", "deploy"],
        "conditions": FRIDAYS,
        "message": "Nobody is there to help on Friday afternoons.",
        "remedy": "Plan it for Monday.",
    }
    return PolicyRule(**usual | given)


def saved(**given: Any) -> PolicyRule:
    """The same, saved by the change manager."""
    return policy.save(row(**given), actor=person("manager"), now=NINE)


def always(**given: Any) -> PolicyRule:
    """A rule that always matches, saved."""
    anything = {"all": [is_("tier", 1, "at_least")]}
    return saved(**{"name": "Nothing moves", "conditions": anything, **given})

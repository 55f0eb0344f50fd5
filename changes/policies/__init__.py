"""The rules: facts in, Decision out. Pure; no ORM, no clock, no settings."""

from changes.policies.facts import Facts
from changes.policies.outlook import Outlook, next_allowed_at, outlook, settles_by_itself
from changes.policies.verbs import RULES, may

__all__ = [
    "RULES",
    "Facts",
    "Outlook",
    "may",
    "next_allowed_at",
    "outlook",
    "settles_by_itself",
]

"""The rules: facts in, Decision out. Pure; no ORM, no clock, no settings."""

from changes.policies.facts import Facts
from changes.policies.verbs import RULES, may, next_allowed_at, settles_by_itself

__all__ = ["RULES", "Facts", "may", "next_allowed_at", "settles_by_itself"]

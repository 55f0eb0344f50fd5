"""Custom policy rules: conditions over a closed vocabulary, compiled once. Pure.

There is no expression language: a rule is a tree of (field, operator, value), and what a field may
be, what compares with it and what each value looks like stands in `vocabulary`.
"""

from changes.policies.custom.rule import (
    NO_RULES,
    VERBS,
    CustomRule,
    Effect,
    Mode,
    RuleSet,
    Said,
)

__all__ = ["NO_RULES", "VERBS", "CustomRule", "Effect", "Mode", "RuleSet", "Said"]

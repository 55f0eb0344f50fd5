"""Two policy rules: one that is only tried out, and one that decides."""

from datetime import datetime
from typing import Any

from changes.demo.stage import Stage, Story
from changes.models import PolicyRule
from changes.rulebook import policy

STEP_BY_STEP = "Network changes go out step by step"
HIGH_RISK = "High risk goes out by canary"


def policies(stage: Stage) -> Story:
    """Written by the change manager; the first refuses nothing, what it would have is recorded."""
    now = yield stage.clock.day(-11, 10, 25)
    _write(
        stage,
        now,
        name=HIGH_RISK,
        mode="shadow",
        verbs=["start", "deploy"],
        message="A change of high risk goes to everybody without a canary.",
        remedy="Choose the rollout canary, or ask a change manager.",
        conditions={
            "all": [
                {"field": "kind", "operator": "is_not", "value": "emergency"},
                {
                    "any": [
                        {"field": "risk_level", "operator": "at_least", "value": "high"},
                        {"field": "tier", "operator": "is", "value": 1},
                    ]
                },
                {"field": "rollout", "operator": "is_not", "value": "canary"},
            ]
        },
    )
    now = yield stage.clock.day(-1, 10, 5)
    _write(
        stage,
        now,
        name=STEP_BY_STEP,
        mode="enforce",
        verbs=["submit", "start", "deploy"],
        message="A network change that goes everywhere at once cannot be watched or stopped.",
        remedy="Choose a rollout by steps: rolling, canary or blue-green.",
        conditions={
            "all": [
                {"field": "kind", "operator": "is_not", "value": "emergency"},
                {"field": "category", "operator": "is", "value": "network"},
                {"field": "rollout", "operator": "is", "value": "all_at_once"},
            ]
        },
    )


def _write(stage: Stage, now: datetime, **given: Any) -> None:
    rule = PolicyRule(effect="deny", **given)
    policy.save(rule, actor=stage.person("manager"), now=now)


STORIES = (policies,)

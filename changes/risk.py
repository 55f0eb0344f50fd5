"""Risk as a score whose factors are shown, and the level it stands for. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


ORDER = {RiskLevel.LOW: 0, RiskLevel.MEDIUM: 1, RiskLevel.HIGH: 2}
MEDIUM_FROM = 30
HIGH_FROM = 60

TIER_POINTS = {1: 30, 2: 20, 3: 10, 4: 0}
CATEGORY_POINTS = {"database": 10, "network": 10, "infrastructure": 5, "security": 5}
ROLLOUT_POINTS = {"all_at_once": 15, "rolling": 5, "blue_green": 2, "canary": 0}
POINTS_PER_DEPENDENT = 2
MOST_FOR_DEPENDENTS = 14


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the score rests on; `dependents` counts services that need this one, directly."""

    kind: str
    tier: int
    category: str
    rollout: str
    production: bool
    dependents: int
    has_rollback_plan: bool
    has_test_plan: bool


@dataclass(frozen=True, slots=True)
class Factor:
    """One addend of the score: points, why, and what would lower it (empty: nothing would)."""

    name: str
    points: int
    why: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "points": self.points,
            "why": self.why,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Risk:
    """A score from 0 up, its level, and the factors that add up to it, heaviest first."""

    score: int
    level: RiskLevel
    factors: tuple[Factor, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "level": str(self.level),
            "score": self.score,
            "factors": [factor.as_json() for factor in self.factors],
        }


def level_of(score: int) -> RiskLevel:
    """The level a score stands for."""
    if score >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= MEDIUM_FROM else RiskLevel.LOW


def assess(circumstances: Circumstances) -> Risk:
    """The risk of a change under `circumstances`, with every factor that adds to it."""
    found = [factor for factor in _factors(circumstances) if factor.points]
    score = sum(factor.points for factor in found)
    return Risk(score, level_of(score), tuple(sorted(found, key=lambda f: (-f.points, f.name))))


def _factors(at: Circumstances) -> list[Factor]:
    return [
        Factor("tier", TIER_POINTS[at.tier], f"The service is tier {at.tier}."),
        Factor("environment", 15 if at.production else 0, "It goes to production."),
        Factor(
            "rollout",
            ROLLOUT_POINTS.get(at.rollout, 15),
            f"Rollout: {at.rollout.replace('_', ' ')}.",
            "Roll out step by step (canary, rolling or blue-green)."
            if at.rollout == "all_at_once"
            else "",
        ),
        Factor(
            "category", CATEGORY_POINTS.get(at.category, 0), f"{at.category.capitalize()} changes."
        ),
        Factor(
            "blast radius",
            min(at.dependents * POINTS_PER_DEPENDENT, MOST_FOR_DEPENDENTS),
            f"{at.dependents} {'service depends' if at.dependents == 1 else 'services depend'}"
            " on this one.",
        ),
        Factor(
            "rollback",
            0 if at.has_rollback_plan else 15,
            "There is no rollback plan.",
            "Write down how to get back.",
        ),
        Factor(
            "tests",
            0 if at.has_test_plan else 10,
            "There is no test plan.",
            "Write down how it was and will be tested.",
        ),
        Factor(
            "emergency", 10 if at.kind == "emergency" else 0, "Emergency changes are made in haste."
        ),
    ]

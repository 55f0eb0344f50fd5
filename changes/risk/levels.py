"""The levels a score stands for."""

from dataclasses import dataclass
from enum import StrEnum


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


ORDER = {RiskLevel.LOW: 0, RiskLevel.MEDIUM: 1, RiskLevel.HIGH: 2}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The scores at which levels begin."""

    medium: int = 30
    high: int = 60


USUAL = Thresholds()


def level_of(score: int, thresholds: Thresholds = USUAL) -> RiskLevel:
    """The level a score stands for."""
    if score >= thresholds.high:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= thresholds.medium else RiskLevel.LOW

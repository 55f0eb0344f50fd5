"""Risk as a score whose factors are shown, and the level it stands for. Pure."""

from changes.risk.assessing import MODEL, Factor, Risk, assess
from changes.risk.circumstances import Circumstances
from changes.risk.history import History, Record, Shrunk, counted
from changes.risk.levels import ORDER, RiskLevel, Thresholds, level_of

__all__ = [
    "MODEL",
    "ORDER",
    "Circumstances",
    "Factor",
    "History",
    "Record",
    "Risk",
    "RiskLevel",
    "Shrunk",
    "Thresholds",
    "assess",
    "counted",
    "level_of",
]

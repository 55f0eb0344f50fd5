"""Keeping the risk of a change with the change."""

from typing import Any

from changes import risk
from changes.models import Change
from changes.queries import risks
from changes.risk import Risk

WEIGHED = ("risk_level", "risk_score", "risk_factors", "risk_model")


def weigh(change: Change) -> Risk:
    """Set the risk as circumstances stand; one statement, and nothing is saved."""
    change.circumstances = risks.circumstances(change)
    found = risk.assess(change.circumstances)
    change.risk_level, change.risk_score = str(found.level), found.score
    change.risk_factors, change.risk_model = found.as_json()["factors"], risk.MODEL
    return found


def weight_of(change: Change) -> dict[str, Any]:
    """The risk that is kept with a change, as events and plan versions tell it."""
    return {
        "level": change.risk_level,
        "score": change.risk_score,
        "model": change.risk_model,
        "factors": change.risk_factors,
    }

"""Keeping the risk of a change with the change."""

from changes import risk
from changes.models import Change
from changes.queries import risks

WEIGHED = ("risk_level", "risk_score", "risk_factors")


def weigh(change: Change) -> None:
    """Set the risk as circumstances stand; one statement, and nothing is saved."""
    found = risk.assess(risks.circumstances(change))
    change.risk_level, change.risk_score = str(found.level), found.score
    change.risk_factors = found.as_json()["factors"]

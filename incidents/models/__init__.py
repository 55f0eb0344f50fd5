"""What incidents keep."""

from incidents.models.error_budget import MEASURE_HOLDS, ErrorBudget
from incidents.models.incident import Incident

__all__ = ["MEASURE_HOLDS", "ErrorBudget", "Incident"]

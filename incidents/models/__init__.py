"""What incidents keep."""

from incidents.models.alert import Alert, AlertOccurrence
from incidents.models.alert_route import AlertGroup, AlertRoute
from incidents.models.error_budget import MEASURE_HOLDS, ErrorBudget
from incidents.models.incident import Incident

__all__ = [
    "MEASURE_HOLDS",
    "Alert",
    "AlertGroup",
    "AlertOccurrence",
    "AlertRoute",
    "ErrorBudget",
    "Incident",
]

"""Incidents in the admin, and the rows that say how they are run."""

from incidents.admin.alerts import AlertAdmin, AlertRouteAdmin
from incidents.admin.error_budgets import ErrorBudgetAdmin
from incidents.admin.incidents import IncidentAdmin
from incidents.admin.intake import ComplaintAdmin, SignalMappingAdmin, SnsTopicAdmin
from incidents.admin.publishing import (
    ComponentAdmin,
    NoticeAdmin,
    SubscriberAdmin,
    UpdateAdmin,
)
from incidents.admin.running import (
    ChecklistItemAdmin,
    ResolutionCheckAdmin,
    SeverityRuleAdmin,
    SeverityTargetAdmin,
)

__all__ = [
    "AlertAdmin",
    "AlertRouteAdmin",
    "ChecklistItemAdmin",
    "ComplaintAdmin",
    "ComponentAdmin",
    "ErrorBudgetAdmin",
    "IncidentAdmin",
    "NoticeAdmin",
    "ResolutionCheckAdmin",
    "SeverityRuleAdmin",
    "SeverityTargetAdmin",
    "SignalMappingAdmin",
    "SnsTopicAdmin",
    "SubscriberAdmin",
    "UpdateAdmin",
]

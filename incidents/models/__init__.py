"""What incidents keep."""

from incidents.models.alert import Alert, AlertOccurrence
from incidents.models.alert_note import AlertNote
from incidents.models.alert_route import AlertGroup, AlertRoute
from incidents.models.clock import IncidentClock
from incidents.models.complaint import Complaint
from incidents.models.component import Component, Health, SetHealth
from incidents.models.error_budget import MEASURE_HOLDS, ErrorBudget
from incidents.models.incident import Incident
from incidents.models.intake import SignalMapping, SnsTopic
from incidents.models.involved import AffectedService, IncidentRole
from incidents.models.note import TimelineNote
from incidents.models.resolution import PostmortemDuty, ResolutionCheck, ResolutionWatch
from incidents.models.severity import Impact, SeverityRule, SeverityTarget, Urgency
from incidents.models.subscriber import Subscriber
from incidents.models.task import ChecklistItem, ChecklistTick, IncidentTask
from incidents.models.update import Notice, Update

__all__ = [
    "MEASURE_HOLDS",
    "AffectedService",
    "Alert",
    "AlertGroup",
    "AlertNote",
    "AlertOccurrence",
    "AlertRoute",
    "ChecklistItem",
    "ChecklistTick",
    "Complaint",
    "Component",
    "ErrorBudget",
    "Health",
    "Impact",
    "Incident",
    "IncidentClock",
    "IncidentRole",
    "IncidentTask",
    "Notice",
    "PostmortemDuty",
    "ResolutionCheck",
    "ResolutionWatch",
    "SetHealth",
    "SeverityRule",
    "SeverityTarget",
    "SignalMapping",
    "SnsTopic",
    "Subscriber",
    "TimelineNote",
    "Update",
    "Urgency",
]

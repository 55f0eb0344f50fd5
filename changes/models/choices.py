"""The closed vocabularies of a change, with the words people read."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


def slugs() -> Any:
    """A scope by slug; empty covers everything.

    Slugs, not keys: one array test instead of three joins at the gate.
    """
    return ArrayField(models.SlugField(max_length=80), default=list, blank=True)


class KindWord(models.TextChoices):
    STANDARD = "standard", "Standard"
    NORMAL = "normal", "Normal"
    EMERGENCY = "emergency", "Emergency"


class StateWord(models.TextChoices):
    PLANNING = "planning", "Planning"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    SCHEDULED = "scheduled", "Scheduled"
    IMPLEMENTING = "implementing", "Implementing"
    VALIDATING = "validating", "Validating"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class OutcomeWord(models.TextChoices):
    SUCCESSFUL = "successful", "Successful"
    SUCCESSFUL_WITH_ISSUES = "successful_with_issues", "Successful with issues"
    ROLLED_BACK = "rolled_back", "Rolled back"
    FAILED = "failed", "Failed"


class Category(models.TextChoices):
    DEPLOYMENT = "deployment", "Deployment"
    CONFIGURATION = "configuration", "Configuration"
    DATABASE = "database", "Database"
    INFRASTRUCTURE = "infrastructure", "Infrastructure"
    NETWORK = "network", "Network"
    SECURITY = "security", "Security"
    OTHER = "other", "Other"


class Rollout(models.TextChoices):
    ALL_AT_ONCE = "all_at_once", "All at once"
    ROLLING = "rolling", "Rolling"
    CANARY = "canary", "Canary"
    BLUE_GREEN = "blue_green", "Blue-green"


class RiskWord(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"

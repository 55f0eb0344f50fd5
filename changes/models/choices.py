"""The closed vocabularies of a change, with the words people read."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL


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


class RollbackProof(models.TextChoices):
    """What is known of the way back, beyond what is written."""

    NONE = "", "Not tried"
    REHEARSED = "rehearsed", "Rehearsed"
    AUTOMATED = "automated", "Automated"


class RiskWord(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class OverriderWord(models.TextChoices):
    """Which group may override a freeze; two of its people are needed."""

    CHANGE_MANAGERS = CHANGE_MANAGERS, "Change managers"
    CAB = CAB, "CAB"
    ON_CALL = ON_CALL, "On-call"
    NOBODY = "nobody", "Nobody: it cannot be overridden"


class TaskKindWord(models.TextChoices):
    PLAN = "plan", "Plan"
    IMPLEMENT = "implement", "Implement"
    TEST = "test", "Test"
    REVIEW = "review", "Review"


class StepWord(models.TextChoices):
    SOAKING = "soaking", "Soaking"
    STABLE = "stable", "Stable"
    FAILED = "failed", "Failed"
    ENDED = "ended", "Ended"


class TaskStateWord(models.TextChoices):
    OPEN = "open", "Open"
    IN_PROGRESS = "in_progress", "In progress"
    ON_HOLD = "on_hold", "On hold"
    DONE = "done", "Done"
    WAIVED = "waived", "Waived"
    CANCELLED = "cancelled", "Cancelled"

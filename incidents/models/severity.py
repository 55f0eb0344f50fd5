"""How bad an incident is, and how soon somebody answers: rows that change managers keep."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident

AT_ONCE = timedelta(minutes=5)


class Impact(models.IntegerChoices):
    EVERYBODY = 1, "Everybody, or the whole business"
    MANY = 2, "Many, or one important part"
    SOME = 3, "A few, or something minor"


class Urgency(models.IntegerChoices):
    NOW = 1, "It hurts now, and there is no way around"
    SOON = 2, "It hurts soon, or there is a poor way around"
    LATER = 3, "It can wait, or there is a good way around"


class SeverityRule(models.Model):
    """Which severity follows from an impact and an urgency: one cell of the matrix.

    Source: ITIL, *Service Operation*: priority is a function of impact and urgency.
    """

    impact = models.PositiveSmallIntegerField(choices=Impact)
    urgency = models.PositiveSmallIntegerField(choices=Urgency)
    severity = models.PositiveSmallIntegerField(choices=Incident.Severity)

    class Meta:
        ordering = ["impact", "urgency"]
        constraints = [
            models.UniqueConstraint(
                fields=["impact", "urgency"], name="severity_follows_from_impact_and_urgency"
            ),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=4),
                name="severity_rule_is_one_to_four",
            ),
        ]

    def __str__(self) -> str:
        return f"impact {self.impact}, urgency {self.urgency}: SEV-{self.severity}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `severity-rule:1/2`."""
        return f"severity-rule:{self.impact}/{self.urgency}"


class SeverityTarget(models.Model):
    """How soon an incident of a severity is answered, and how often those affected hear of it.

    A clock keeps the target it began with; see Note [Clocks of an incident].
    """

    severity = models.PositiveSmallIntegerField(choices=Incident.Severity, unique=True)
    respond_within = models.DurationField(
        null=True, blank=True, help_text="Empty: by the end of the next working day."
    )
    respond_reminder = models.DurationField(help_text="How long before, those on call are nagged.")
    update_every = models.DurationField(help_text="Between two updates while it is open.")
    update_reminder = models.DurationField(help_text="How long before, its people are nagged.")
    owes_postmortem = models.BooleanField(default=False)

    class Meta:
        ordering = ["severity"]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=4),
                name="severity_target_is_one_to_four",
            ),
            models.CheckConstraint(
                condition=Q(update_every__gt=timedelta())
                & (Q(respond_within=None) | Q(respond_within__gt=timedelta())),
                name="severity_target_leaves_time",
            ),
        ]

    def __str__(self) -> str:
        return f"SEV-{self.severity}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `severity-target:1`."""
        return f"severity-target:{self.severity}"

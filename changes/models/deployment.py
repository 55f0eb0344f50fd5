"""Deployments as CI reports them."""

from django.conf import settings
from django.db import models

from changes.models.change import Change


class Deployment(models.Model):
    """One report about a deployment of a change."""

    class Status(models.TextChoices):
        STARTED = "started", "Started"
        STEP = "step", "Step of a canary"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        ROLLED_BACK = "rolled_back", "Rolled back"

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="deployments")
    permit_id = models.CharField(max_length=36, blank=True)
    status = models.CharField(max_length=11, choices=Status)
    percent = models.PositiveSmallIntegerField(null=True, help_text="The share of a canary's step.")
    at = models.DateTimeField()
    detail = models.TextField(blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["change", "id"]
        indexes = [
            models.Index(
                fields=["permit_id", "id"],
                name="deployment_by_permit",
                condition=~models.Q(permit_id=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="step_of_a_deployment_says_how_far",
                condition=models.Q(status="step", percent__isnull=False)
                | (~models.Q(status="step") & models.Q(percent__isnull=True)),
            ),
            models.UniqueConstraint(
                name="permit_starts_one_deployment",
                fields=["permit_id"],
                condition=models.Q(status="started") & ~models.Q(permit_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} {self.status}"

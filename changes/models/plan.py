"""Every version of a plan, word for word."""

from django.conf import settings
from django.db import models

from changes.models.change import Change


class PlanVersion(models.Model):
    """The material fields of a change as they once stood, and the digest votes refer to."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="plan_versions")
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    fields = models.JSONField()
    risk = models.JSONField(
        null=True, default=None, help_text="The risk it was last submitted or written with."
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["change", "version"]
        constraints = [
            models.UniqueConstraint(fields=["change", "version"], name="plan_version_is_kept_once"),
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} plan {self.version}"

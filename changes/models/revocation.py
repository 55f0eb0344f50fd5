"""Permits taken back before they were used."""

from django.conf import settings
from django.db import models

from changes.models.change import Change


class PermitRevocation(models.Model):
    """A permit that starts nothing any more, by the gate's decision id."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="revocations")
    permit_id = models.UUIDField(unique=True)
    expires_at = models.DateTimeField(help_text="When the permit would have ended.")
    reason = models.TextField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField()

    class Meta:
        ordering = ["change", "id"]
        indexes = [models.Index(fields=["expires_at"], name="revocation_by_end")]
        constraints = [
            models.CheckConstraint(name="revocation_says_why", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.permit_id} revoked"

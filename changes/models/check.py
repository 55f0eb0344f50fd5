"""Validation checks as reported."""

from django.conf import settings
from django.db import models

from changes.models.change import Change
from ledger.timeline import SYSTEM


class Check(models.Model):
    """One report of a named check; the latest of a name counts."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=80)
    passed = models.BooleanField()
    detail = models.TextField(blank=True)
    url = models.URLField(blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where Tidegate ran it itself.",
    )
    reported_at = models.DateTimeField()
    evidence = models.JSONField(
        default=dict,
        blank=True,
        help_text="What was seen. Of a check we ran: what was looked at, when, and what was found.",
    )

    class Meta:
        ordering = ["change", "id"]

    def __str__(self) -> str:
        return f"{self.name} {'passed' if self.passed else 'failed'}"

    @property
    def reporter(self) -> str:
        """The username of who reported it; ours where we ran it."""
        return self.reported_by.username if self.reported_by else SYSTEM

"""Validation checks as reported."""

from django.conf import settings
from django.db import models

from changes.models.change import Change


class Check(models.Model):
    """One report of a named check; the latest of a name counts."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=80)
    passed = models.BooleanField()
    detail = models.TextField(blank=True)
    url = models.URLField(blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["change", "id"]

    def __str__(self) -> str:
        return f"{self.name} {'passed' if self.passed else 'failed'}"

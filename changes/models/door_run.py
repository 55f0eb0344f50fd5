"""Runs of other tools' pipelines, and the change each asks for."""

from django.conf import settings
from django.db import models

from changes.models.change import Change
from changes.models.door import DoorMapping


class DoorRun(models.Model):
    """An attempt of a tool's run, and the change it asks for. Written once.

    `build_key` is a digest of what names the run: vendor, tool, project, stage and build.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="door_runs")
    vendor = models.CharField(max_length=10, choices=DoorMapping.Vendor)
    tool = models.CharField(max_length=100, blank=True)
    project = models.CharField(max_length=300)
    stage = models.CharField(max_length=200)
    build = models.CharField(max_length=120)
    attempt = models.CharField(max_length=20, blank=True)
    revision = models.CharField(max_length=120, blank=True)
    build_key = models.CharField(max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="attempt_of_a_run_asks_once", fields=["build_key", "attempt"]
            )
        ]

    def __str__(self) -> str:
        again = f", attempt {self.attempt}" if self.attempt else ""
        return f"{self.get_vendor_display()} run {self.build}{again} of {self.project}"

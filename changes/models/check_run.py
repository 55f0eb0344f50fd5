"""Checks we run ourselves: looked at again and again until they have held for their soak time."""

from django.db import models
from django.db.models import Q

from changes.models.change import Change
from changes.models.check import Check
from changes.models.check_rule import CheckRule, PrometheusServer


class CheckRun(models.Model):
    """One run of a check on a change; `asks` is what it looks at, as the rule said then.

    `due_at` is when a worker looks next; `holding_since` the first of the looks in a row that held.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="check_runs")
    rule = models.ForeignKey(
        CheckRule, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    server = models.ForeignKey(
        PrometheusServer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=80)
    asks = models.JSONField()
    interval = models.DurationField()
    soak = models.DurationField()
    give_up_after = models.DurationField()
    state = models.CharField(max_length=9, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    holding_since = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    check_row = models.OneToOneField(
        Check, null=True, on_delete=models.PROTECT, related_name="run", db_column="check_id"
    )

    class Meta:
        ordering = ["change", "id"]
        constraints = [
            models.CheckConstraint(
                name="running_check_is_due_and_ended_one_is_not",
                condition=Q(state="running", due_at__isnull=False, ended_at__isnull=True)
                | (~Q(state="running") & Q(due_at__isnull=True, ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="check_run_that_was_decided_has_its_check",
                condition=Q(state__in=["passed", "failed"], check_row__isnull=False)
                | Q(state__in=["running", "cancelled"], check_row__isnull=True),
            ),
            models.UniqueConstraint(
                name="check_runs_once_at_a_time",
                fields=["change", "name"],
                condition=Q(state="running"),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="check_run_due", condition=Q(state="running"))
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"


class CheckSample(models.Model):
    """One look: whether it held, the figure where there was one, and what was said."""

    run = models.ForeignKey(CheckRun, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    holds = models.BooleanField()
    value = models.FloatField(null=True)
    word = models.CharField(max_length=16)
    said = models.CharField(max_length=300)
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["run", "id"]

    def __str__(self) -> str:
        return self.said

"""Trying a rule or a window on what happened: the job, and the changes it would have met."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

USER = settings.AUTH_USER_MODEL


class Backtest(models.Model):
    """One run over the changes that started in a period; written by `changes.backtests` alone.

    `tried` is the rule or the window as it was then, saved or not, so that the result says for ever
    what it was of. A worker goes through changes by key: all up to `cursor`, of those up to `last`,
    were looked at, and what was found of them is kept in the same transaction.
    """

    class Of(models.TextChoices):
        RULE = "rule", "Policy rule"
        WINDOW = "window", "Window"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    of = models.CharField(max_length=6, choices=Of)
    name = models.CharField(max_length=120)
    row = models.CharField(max_length=24, blank=True)
    tried = models.JSONField()
    sentence = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="backtests")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    cursor = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    seen = models.PositiveIntegerField(default=0)
    went_wrong = models.PositiveIntegerField(default=0)
    met = models.PositiveIntegerField(default=0)
    met_wrong = models.PositiveIntegerField(default=0)
    met_followed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="backtest_ends_when_it_is_over",
                condition=Q(state__in=["waiting", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "cancelled", "failed"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="backtest_covers_a_period", condition=Q(since__lt=F("until"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="backtest_not_over",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.since:%d %b %Y} to {self.until:%d %b %Y}"

    def get_absolute_url(self) -> str:
        return f"/backtests/{self.pk}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


class BacktestHit(models.Model):
    """A change that would have been met; names it by number and slugs, as they were then."""

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="hits")
    change = models.BigIntegerField()
    title = models.CharField(max_length=200)
    team = models.CharField(max_length=80)
    service = models.CharField(max_length=80)
    verb = models.CharField(max_length=6)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=24, blank=True)
    went_wrong = models.BooleanField()
    incident = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["backtest", "change"]
        constraints = [
            models.UniqueConstraint(
                name="backtest_meets_a_change_once", fields=["backtest", "change"]
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def outcome_words(self) -> str:
        return self.outcome.replace("_", " ").capitalize()

    @property
    def ref(self) -> str:
        """`CHG-1042`"""
        return f"CHG-{self.change}"

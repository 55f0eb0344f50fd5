"""A canary on its way out: the steps it took, what judged each, and what was seen."""

from django.db import models
from django.db.models import Q

from changes.models.change import Change
from changes.models.check_rule import CheckRule, PrometheusServer
from changes.models.choices import StepWord
from changes.models.deployment import Deployment


class RolloutStep(models.Model):
    """One step of a change; the newest is the one its rollout has reached.

    `evidence` holds what was seen when it was decided.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="rollout_steps")
    deployment = models.OneToOneField(Deployment, on_delete=models.PROTECT, related_name="step")
    percent = models.PositiveSmallIntegerField()
    soak = models.DurationField()
    state = models.CharField(max_length=7, choices=StepWord, default=StepWord.SOAKING)
    began_at = models.DateTimeField()
    stable_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["change", "id"]
        constraints = [
            models.CheckConstraint(
                name="step_goes_to_a_share_of_all",
                condition=Q(percent__gte=1, percent__lte=100),
            ),
            models.CheckConstraint(
                name="step_says_since_when_it_stands_so",
                condition=Q(state="soaking", stable_at__isnull=True, ended_at__isnull=True)
                | Q(state="stable", stable_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["failed", "ended"], ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_step_of_a_change_soaks",
                fields=["change"],
                condition=Q(state="soaking"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % {self.get_state_display()}"


class StepMeasure(models.Model):
    """What a step is judged by; `asks` is what is looked at, as the rule said then.

    It is looked at while `due_at` says when. Without a rule, checks that CI reports judge the step.
    """

    step = models.ForeignKey(RolloutStep, on_delete=models.CASCADE, related_name="measures")
    rule = models.ForeignKey(
        CheckRule, null=True, on_delete=models.PROTECT, related_name="measures", db_index=False
    )
    server = models.ForeignKey(
        PrometheusServer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=80)
    asks = models.JSONField()
    interval = models.DurationField()
    soak = models.DurationField()
    failures_allowed = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    holding_since = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    word = models.CharField(max_length=16, blank=True)
    said = models.CharField(max_length=300, blank=True)
    value = models.FloatField(null=True)
    baseline = models.FloatField(null=True)
    traffic = models.FloatField(null=True)
    looks = models.PositiveIntegerField(default=0)
    misses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["step", "name"]
        constraints = [
            models.UniqueConstraint(name="step_is_measured_once_by_a_name", fields=["step", "name"])
        ]
        indexes = [
            models.Index(fields=["due_at"], name="measure_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name


class StepLook(models.Model):
    """One look at a measure: the canary's figure beside the baseline's, and what was said."""

    measure = models.ForeignKey(StepMeasure, on_delete=models.CASCADE, related_name="seen")
    at = models.DateTimeField()
    word = models.CharField(max_length=16)
    said = models.CharField(max_length=300)
    value = models.FloatField(null=True)
    baseline = models.FloatField(null=True)
    traffic = models.FloatField(null=True)
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["measure", "id"]

    def __str__(self) -> str:
        return self.said

"""Deployments that were seen, whoever told of them, and the row that says how they are judged."""

from datetime import timedelta

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models import Environment, Service
from changes.models.change import Change
from changes.models.seen_days import MARK


class SeenDeployment(models.Model):
    """One deployment, however many told of it; `told` is what each said, the first one first.

    Where the tool's project and stage stand for no place here, `service` and `environment` are
    empty until somebody maps them. `by` says what leave there was for it.
    """

    class State(models.TextChoices):
        UNMAPPED = "unmapped", "Not mapped"
        WAITING = "waiting", "Waiting to be judged"
        AUTHORISED = "authorised", "Authorised"
        UNAUTHORISED = "unauthorised", "Unauthorised"

    class By(models.TextChoices):
        PERMIT = "permit", "A permit"
        CHANGE = "change", "A change being implemented"

    vendor = models.CharField("told by", max_length=20)
    project = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=200, blank=True)
    service = models.ForeignKey(
        Service, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    environment = models.ForeignKey(
        Environment, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    revision = models.CharField(max_length=120, blank=True)
    external_id = models.CharField(
        max_length=255, blank=True, help_text="The tool's own number for it, where it has one."
    )
    at = models.DateTimeField("deployed at")
    seen_at = models.DateTimeField()
    judge_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State)
    by = models.CharField("leave", max_length=6, choices=By, blank=True)
    change = models.ForeignKey(
        Change, null=True, on_delete=models.PROTECT, related_name="seen_deployments"
    )
    told = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        triggers = [
            pgtrigger.Trigger(
                name="seen_deployment_marks_its_day",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("at", "state", "by", "service_id")
                | pgtrigger.Delete,
                func=MARK,
            ),
        ]
        indexes = [
            models.Index(
                fields=["service", "environment", "-at"],
                name="seen_by_place",
                condition=Q(service__isnull=False),
            ),
            models.Index(
                fields=["vendor", "external_id"],
                name="seen_by_external_id",
                condition=~Q(external_id=""),
            ),
            models.Index(fields=["at"], include=["service", "state", "by"], name="seen_by_time"),
            models.Index(fields=["judge_at"], name="seen_due", condition=Q(state="waiting")),
            models.Index(
                fields=["vendor", "project", "stage"],
                name="seen_unmapped",
                condition=Q(state="unmapped"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="seen_deployment_is_mapped_to_be_judged",
                condition=Q(state="unmapped") | Q(service__isnull=False, environment__isnull=False),
            ),
            models.CheckConstraint(
                name="authorised_deployment_says_by_what",
                condition=(Q(state="authorised") & ~Q(by="") & Q(change__isnull=False))
                | (~Q(state="authorised") & Q(by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project or self.service} {self.revision}"


class DetectionRule(models.Model):
    """One row: how deployments that were seen are judged."""

    is_active = models.BooleanField(
        "unauthorised deployments become changes",
        default=True,
        help_text="Otherwise they are only counted.",
    )
    grace = models.DurationField(
        default=timedelta(seconds=30),
        validators=[
            MinValueValidator(timedelta()),
            MaxValueValidator(timedelta(hours=1)),
        ],
        help_text="How long a permit may take to be used up after the deployment was seen, such as "
        "00:00:30. They are judged every ten seconds.",
    )
    same_within = models.DurationField(
        "one deployment within",
        default=timedelta(hours=1),
        validators=[
            MinValueValidator(timedelta(minutes=1)),
            MaxValueValidator(timedelta(days=1)),
        ],
        help_text="What is told of one revision of a service within this is one deployment.",
    )
    implementing_counts = models.BooleanField(
        "a change being implemented counts as leave",
        default=True,
        help_text="Otherwise only a permit that was used up does.",
    )

    class Meta:
        verbose_name = "rule for deployments seen"
        verbose_name_plural = "rule for deployments seen"
        constraints = [
            models.CheckConstraint(name="there_is_one_detection_rule", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return f"Deployments seen are judged after {self.grace}"

    @property
    def ref(self) -> str:
        """What the ledger calls it."""
        return "detection"

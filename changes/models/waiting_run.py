"""Runs of other tools' pipelines that wait here for an answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import ApiToken, Environment, Service
from changes.models.door import DoorMapping
from changes.models.queue import QueuePlace
from ledger.models import Delivery, Reply


class WaitingRun(models.Model):
    """A run that asked once and is told later; the tool holds it until then.

    `key` is how the tool tells one wait from another, so that being told of it twice is one run.
    `place` says where the answer goes, in the tool's own words, and `sealed_token` holds what it
    lent us to go there. What the gate would be asked stands in `service` to `run_id`; without a
    service nothing is asked, for nobody has said yet what the tool's project stands for.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        GIVEN_UP = "given_up", "Given up"

    vendor = models.CharField("tool", max_length=10, choices=DoorMapping.Vendor)
    key = models.CharField(max_length=500)
    project = models.CharField(max_length=200)
    stage = models.CharField(max_length=200, blank=True)
    place = models.JSONField(default=dict)
    sealed_token = models.BinaryField(default=bytes, editable=False)
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    environment = models.ForeignKey(
        Environment, null=True, on_delete=models.PROTECT, related_name="+"
    )
    template = models.CharField(max_length=80, blank=True)
    starts_change = models.BooleanField(default=True)
    revision = models.CharField(max_length=120, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    run_id = models.CharField(max_length=120)
    pipeline_url = models.URLField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="+")
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="waiting_run")
    arrived_at = models.DateTimeField()
    gives_up_at = models.DateTimeField()

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    look_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    queue_place = models.ForeignKey(
        QueuePlace, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    change = models.CharField(max_length=24, blank=True)
    said = models.TextField(blank=True)
    times_said = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(blank=True)
    answer = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    trouble = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True)
    called_late_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "waiting run"
        constraints = [
            models.UniqueConstraint(name="wait_of_a_tool_is_one_run", fields=["vendor", "key"]),
            models.CheckConstraint(
                name="run_that_waits_is_looked_at",
                condition=Q(state="waiting", look_at__isnull=False, ended_at__isnull=True)
                | (~Q(state="waiting") & Q(look_at__isnull=True, ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="run_that_is_asked_for_says_where",
                condition=Q(service__isnull=True, environment__isnull=True)
                | Q(service__isnull=False, environment__isnull=False),
            ),
            models.CheckConstraint(
                name="run_that_is_decided_is_told",
                condition=Q(state__in=["waiting", "given_up"]) | Q(answer__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["look_at"], name="run_to_look_at", condition=Q(state="waiting")),
            models.Index(
                fields=["ended_at"],
                name="run_not_told_late",
                condition=Q(state__in=["approved", "rejected"], called_late_at__isnull=True),
            ),
            models.Index(fields=["vendor", "project", "run_id"], name="run_by_its_tool"),
            models.Index(
                fields=["arrived_at"],
                name="run_that_holds_a_token",
                condition=~Q(sealed_token=b""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}, {self.stage or 'every stage'}, run {self.run_id}"

    @property
    def ref(self) -> str:
        """`RUN-7`: how the ledger names it."""
        return f"RUN-{self.pk}"

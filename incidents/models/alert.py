"""Alerts: what monitoring says is wrong, once each, with every time that it fired."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Environment, Service
from incidents.models.alert_route import AlertGroup, AlertRoute
from incidents.models.incident import Incident

LONGEST_KEY = 512


class Alert(models.Model):
    """One alert of one source, as it stands; written only by `incidents.alerts`.

    `key` is the tool's own, by which a repetition is known. `service_word` and `environment_word`
    are what the tool calls them; `service` and `environment` are ours, where a route found them.
    `heard` counts every message about it, `occurrences` the times that it began to fire.
    """

    class State(models.TextChoices):
        FIRING = "firing", "Firing"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    source = models.CharField(max_length=80)
    key = models.CharField(max_length=LONGEST_KEY)
    state = models.CharField(max_length=12, choices=State)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True, default="")
    severity = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=Incident.Severity, help_text="Empty: nobody said."
    )
    severity_word = models.CharField(max_length=40, blank=True, default="")
    service_word = models.CharField(max_length=200, blank=True, default="")
    environment_word = models.CharField(max_length=200, blank=True, default="")
    group_word = models.CharField(max_length=500, blank=True, default="")
    labels = models.JSONField(default=dict, blank=True)
    links = models.JSONField(default=list, blank=True)
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    route = models.ForeignKey(
        AlertRoute, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    group = models.ForeignKey(
        AlertGroup, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    unrouted_because = models.CharField(max_length=300, blank=True, default="")
    occurrence = models.CharField(max_length=255, help_text="The tool's word for this firing.")
    first_at = models.DateTimeField()
    started_at = models.DateTimeField(help_text="When this firing began.")
    ended_at = models.DateTimeField(null=True, blank=True)
    last_heard_at = models.DateTimeField()
    ends_by_itself_at = models.DateTimeField(
        null=True, blank=True, help_text="Unless it is heard of again before."
    )
    snoozed_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then it declares no incident."
    )
    occurrences = models.PositiveIntegerField(default=0)
    flaps = models.PositiveIntegerField(
        default=0, help_text="Times it fired again within ten minutes of its end."
    )
    heard = models.PositiveIntegerField(default=0)
    was_over = models.BooleanField(
        default=False, db_default=False, help_text="This firing had ended before we heard of it."
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="acknowledged_alerts",
        null=True,
        blank=True,
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["state", "-started_at"],
                name="alert_firing_first",
                condition=~Q(state="resolved"),
            ),
            models.Index(
                fields=["ends_by_itself_at"],
                name="alert_ends_by_itself",
                condition=~Q(state="resolved") & Q(ends_by_itself_at__isnull=False),
            ),
            models.Index(
                fields=["-started_at", "-id"],
                name="alert_missed",
                condition=Q(was_over=True, state="resolved", incident__isnull=True),
            ),
            models.Index(
                fields=["snoozed_until"],
                name="alert_snoozed",
                condition=Q(snoozed_until__isnull=False),
            ),
            models.Index(fields=["service", "started_at"], name="alert_of_service"),
            models.Index(fields=["started_at", "id"], name="alert_by_start"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="alert_is_kept_once"),
            models.CheckConstraint(
                name="alert_state_is_known",
                condition=Q(state__in=["firing", "acknowledged", "resolved"]),
            ),
            models.CheckConstraint(
                name="resolved_alert_says_when_it_ended",
                condition=Q(state="resolved", ended_at__isnull=False)
                | (~Q(state="resolved") & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="alert_severity_is_one_to_four",
                condition=Q(severity__isnull=True) | Q(severity__gte=1, severity__lte=4),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_snoozed(self, *, now: datetime) -> bool:
        """See Note [A snoozed alert declares nothing] in `incidents.alerts.snoozing`."""
        return self.snoozed_until is not None and self.snoozed_until > now

    @property
    def is_open(self) -> bool:
        """Whether it fires still, acknowledged or not."""
        return self.state != self.State.RESOLVED

    @property
    def ref(self) -> str:
        """`alert:17`: what the ledger calls it."""
        return f"alert:{self.pk}"


class AlertOccurrence(models.Model):
    """One firing of an alert, from its beginning to its end.

    `said_at` is the beginning by the tool's clock, kept as it was told; `started_at` is what goes
    into an incident's onset: where the tool's clock is far off it is when we heard of it.
    """

    class EndedBy(models.TextChoices):
        NOBODY = "", "It fires still"
        TOOL = "tool", "The tool said so"
        TIME = "time", "It was not heard of again"
        NEXT = "next", "It began anew"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="firings")
    word = models.CharField(max_length=255)
    said_at = models.DateTimeField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=4, choices=EndedBy, blank=True, default="")
    heard_at = models.DateTimeField()
    clock_is_off = models.BooleanField(default=False)
    group = models.ForeignKey(
        AlertGroup, on_delete=models.PROTECT, related_name="firings", null=True, blank=True
    )
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="alert_firings", null=True, blank=True
    )

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["group", "started_at"], name="firing_by_group"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["alert", "word"], name="firing_is_kept_once"),
            models.CheckConstraint(
                name="firing_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.word

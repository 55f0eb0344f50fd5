"""Incidents: something is broken, and somebody is on it."""

from django.conf import settings
from django.db import models

from catalog.models import Environment, Service


class Incident(models.Model):
    """One outage or degradation of one service; written only by `incidents.lifecycle`."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    class Severity(models.IntegerChoices):
        SEV_1 = 1, "SEV-1 (P1)"
        SEV_2 = 2, "SEV-2 (P2)"
        SEV_3 = 3, "SEV-3 (P3)"
        SEV_4 = 4, "SEV-4 (P4)"

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="incidents", null=True, blank=True
    )
    severity = models.PositiveSmallIntegerField(choices=Severity)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    commander = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="commanded_incidents",
        null=True,
        blank=True,
    )
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declared_incidents"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="closed_incidents",
        null=True,
        blank=True,
    )
    closing_note = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["service", "severity"],
                name="incident_open_on_service",
                condition=models.Q(state="open"),
            ),
            models.Index(
                fields=["service", "declared_at"],
                name="major_incident_by_declared",
                condition=models.Q(severity__lte=2),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__gte=1, severity__lte=4),
                name="incident_severity_is_one_to_four",
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="incident_has_a_title"),
            models.CheckConstraint(
                condition=models.Q(
                    state="open", closed_at__isnull=True, closed_by__isnull=True, closing_note=""
                )
                | (
                    models.Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(closing_note="")
                ),
                name="closed_incident_says_when_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        """How people name it: INC-7."""
        return f"INC-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

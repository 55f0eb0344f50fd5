"""Incidents: something is broken, and somebody is on it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Environment, Service
from incidents.models.guards import triggers
from incidents.states import INITIAL, OPEN

IS_OPEN = Q(state__in=[str(state) for state in OPEN])
STAMPED = ("acknowledged", "mitigated", "resolved")


def _by(name: str) -> Any:
    """Who did it; nobody where it was Tidegate itself."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name=name,
        null=True,
        blank=True,
        db_index=False,
    )


def _at() -> Any:
    return models.DateTimeField(null=True, blank=True)


def _stamped(state: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=~Q(state=state) | Q(**{f"{state}_at__isnull": False}),
        name=f"{state}_incident_says_when",
    )


class Incident(models.Model):
    """One outage or degradation of one service; written only by `incidents.lifecycle`."""

    class State(models.TextChoices):
        DECLARED = "declared", "Declared"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        MITIGATED = "mitigated", "Mitigated"
        RESOLVED = "resolved", "Resolved"
        CLOSED = "closed", "Closed"

    class Severity(models.IntegerChoices):
        SEV_1 = 1, "SEV-1 (P1)"
        SEV_2 = 2, "SEV-2 (P2)"
        SEV_3 = 3, "SEV-3 (P3)"
        SEV_4 = 4, "SEV-4 (P4)"

    class Folded(models.TextChoices):
        MERGED = "merged", "Merged"
        DUPLICATE = "duplicate", "Duplicate"

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="incidents", null=True, blank=True
    )
    severity = models.PositiveSmallIntegerField(choices=Severity)
    impact = models.PositiveSmallIntegerField(null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(null=True, blank=True)
    users_affected = models.PositiveBigIntegerField(null=True, blank=True)
    money_affected = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=str(INITIAL))
    commander = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="commanded_incidents",
        null=True,
        blank=True,
    )
    # When it began to hurt, as far as is known; see Note [Onset].
    onset_at = models.DateTimeField()
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="declared_incidents",
        null=True,
        blank=True,
    )
    acknowledged_at = _at()
    acknowledged_by = _by("acknowledged_incidents")
    mitigated_at = _at()
    mitigated_by = _by("mitigated_incidents")
    resolved_at = _at()
    resolved_by = _by("resolved_incidents")
    resolution = models.TextField(blank=True, default="")
    reopened_at = _at()
    reopened_by = _by("reopened_incidents")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="closed_incidents",
        null=True,
        blank=True,
    )
    closing_note = models.TextField(blank=True, default="")
    folded_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="folded", null=True, blank=True
    )
    folded_as = models.CharField(max_length=9, choices=Folded, blank=True, default="")
    split_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="split_off", null=True, blank=True
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["service", "severity"], name="incident_open_on_service", condition=IS_OPEN
            ),
            models.Index(fields=["-id"], name="incident_open", condition=IS_OPEN),
            models.Index(
                fields=["service", "declared_at"],
                name="major_incident_by_declared",
                condition=Q(severity__lte=2),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=4),
                name="incident_severity_is_one_to_four",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="incident_has_a_title"),
            models.CheckConstraint(
                condition=(~Q(state="closed") & Q(closed_at=None, closed_by=None, closing_note=""))
                | (Q(state="closed", closed_at__isnull=False) & ~Q(closing_note="")),
                name="closed_incident_says_when_and_why",
            ),
            *(_stamped(state) for state in STAMPED),
            models.CheckConstraint(
                condition=Q(impact=None, urgency=None)
                | Q(impact__gte=1, impact__lte=3, urgency__gte=1, urgency__lte=3),
                name="incident_has_impact_and_urgency_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(money_affected=None, currency="")
                | (Q(money_affected__gte=0) & ~Q(currency="")),
                name="money_affected_has_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(onset_at__lte=models.F("declared_at")),
                name="incident_begins_before_it_is_declared",
            ),
            models.CheckConstraint(
                condition=Q(folded_into=None, folded_as="")
                | (Q(folded_into__isnull=False, state="closed") & ~Q(folded_as="")),
                name="folded_incident_is_closed",
            ),
        ]
        triggers = triggers()

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        """How people name it: INC-7."""
        return f"INC-{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether service is not restored yet: declared, acknowledged or mitigated."""
        return self.state in OPEN

"""Routes: which alerts are whose, and what becomes of them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models import Environment, Service
from incidents.models.incident import Incident


class AlertRoute(models.Model):
    """One rule: alerts whose labels match go to a service, and may declare an incident.

    The first route that matches, by its order, takes the alert.
    """

    class Grouping(models.TextChoices):
        TOOL = "tool", "As the tool groups them"
        LABELS = "labels", "By labels"
        SERVICE = "service", "All of a service and environment"
        ALERT = "alert", "Each alert by itself"

    name = models.CharField(max_length=120, unique=True)
    order = models.PositiveIntegerField(default=100, help_text="Lower ones are asked first.")
    is_active = models.BooleanField(default=True)
    matchers = models.TextField(
        blank=True,
        default="",
        help_text="As Alertmanager writes them, one a line or with commas between, such as "
        'severity=~"critical|page". Empty matches every alert. Besides the labels there are '
        "source, service, environment, severity_word and severity_level (1 to 4).",
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    service_label = models.CharField(
        max_length=100, blank=True, default="", help_text="Or the label that holds its slug."
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    environment_label = models.CharField(
        max_length=100, blank=True, default="", help_text="Or the label that holds its slug."
    )
    severity = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=Incident.Severity, help_text="Empty: as the alert says."
    )
    grouping = models.CharField(max_length=7, choices=Grouping, default=Grouping.TOOL)
    group_labels = models.CharField(
        max_length=300, blank=True, default="", help_text="With commas between."
    )
    declares = models.BooleanField(
        "declares an incident", default=True, help_text="Otherwise its alerts are only shown."
    )
    threshold = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Firings of a group that it takes to declare.",
    )
    threshold_minutes = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text="Within so many minutes.",
    )
    ends_after_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(43_200)],
        help_text="An alert not heard of for so long has ended. For tools that never say so.",
    )
    resolves = models.BooleanField(
        "resolves the incident", default=False, help_text="Once all of its alerts have ended."
    )
    escalation = models.SlugField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                name="route_names_a_service_or_its_label",
                condition=Q(service__isnull=False) | ~Q(service_label=""),
            ),
            models.CheckConstraint(
                name="route_groups_by_labels_that_it_names",
                condition=~Q(grouping="labels") | ~Q(group_labels=""),
            ),
            models.CheckConstraint(
                name="route_declares_after_one_firing_at_least", condition=Q(threshold__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`alert-route:3`: what the ledger calls it."""
        return f"alert-route:{self.pk}"


class AlertGroup(models.Model):
    """Alerts that a route holds together, and the incident that they are part of.

    `told` is how many joined when the timeline last said so.
    """

    route = models.ForeignKey(AlertRoute, on_delete=models.PROTECT, related_name="groups")
    key = models.CharField(max_length=255)
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="alert_groups", null=True, blank=True
    )
    joined = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    is_quiet = models.BooleanField(default=False, help_text="All of its alerts have ended.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["route", "key"], name="group_is_kept_once"),
        ]

    def __str__(self) -> str:
        return self.key

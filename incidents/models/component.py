"""Components: what the public knows a part of the house by, and how it was said to stand."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Environment, Service


class Health(models.TextChoices):
    """How a component stands, from well to worst."""

    OPERATIONAL = "operational", "Operational"
    MAINTENANCE = "maintenance", "Under maintenance"
    DEGRADED = "degraded", "Degraded performance"
    PARTIAL_OUTAGE = "partial_outage", "Partial outage"
    MAJOR_OUTAGE = "major_outage", "Major outage"


OF_SEVERITY: Final[Mapping[int, Health]] = MappingProxyType(
    {
        1: Health.MAJOR_OUTAGE,
        2: Health.PARTIAL_OUTAGE,
        3: Health.DEGRADED,
        4: Health.OPERATIONAL,
    }
)
"""How a component stands while an incident of a severity is open on its services."""


class Component(models.Model):
    """One line of the status page. Its name and words are public; its services are not.

    It stands as the worst open incident on its services says, unless a person says otherwise; where
    it follows no incidents, as what was published says.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120, help_text="As customers call it.")
    words = models.CharField(
        "what it is", max_length=200, blank=True, default="", help_text="For customers."
    )
    position = models.PositiveSmallIntegerField(default=100, help_text="Small ones stand first.")
    services = models.ManyToManyField(Service, blank=True, related_name="components")
    environment = models.ForeignKey(
        Environment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only incidents of this environment count, and those of none; empty means all.",
    )
    follows_incidents = models.BooleanField(
        default=True, help_text="Otherwise only what is published for the outside counts."
    )
    is_shown = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="component_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How the ledger names it: `component:checkout`."""
        return f"component:{self.slug}"


class SetHealth(models.Model):
    """For how long a person said how a component stands; written by `incidents.status_page`."""

    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="set_healths")
    health = models.CharField(max_length=14, choices=Health)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["component"],
                condition=Q(ends_at__isnull=True),
                name="component_is_said_to_stand_one_way",
            ),
            models.CheckConstraint(
                condition=Q(health__in=Health.values), name="said_health_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="said_health_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component}: {self.get_health_display()}"

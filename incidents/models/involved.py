"""Who does what in an incident, and which services it touches."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Service
from incidents.models.incident import Incident


class IncidentRole(models.Model):
    """A person in a role, from when until when; at most one holds it at a time."""

    class Role(models.TextChoices):
        COMMANDER = "commander", "Commander"
        COMMUNICATIONS = "communications", "Communications"
        SCRIBE = "scribe", "Scribe"

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="roles", db_index=False
    )
    role = models.CharField(max_length=14, choices=Role)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="incident_roles"
    )
    since = models.DateTimeField()
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["incident", "id"]
        indexes = [models.Index(fields=["incident", "id"], name="role_of_incident")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role"],
                condition=Q(until=None),
                name="one_person_holds_a_role_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="role_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of INC-{self.incident_id}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 role 3`."""
        return f"INC-{self.incident_id} role {self.pk}"


class AffectedService(models.Model):
    """Another service that an incident touches, besides the one it was declared on."""

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="affected_rows", db_index=False
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="affecting_incidents"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "service"], name="incident_affects_a_service_once"
            ),
        ]

    def __str__(self) -> str:
        return f"INC-{self.incident_id} touches {self.service_id}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 service 3`."""
        return f"INC-{self.incident_id} service {self.pk}"

"""Updates: what was said of an incident while it ran, inside the house or for everybody."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents.models.component import Component, Health
from incidents.models.incident import Incident


class Update(models.Model):
    """One update of an incident, as it was published; written only by `incidents.updates`."""

    class Status(models.TextChoices):
        INVESTIGATING = "investigating", "Investigating"
        IDENTIFIED = "identified", "Identified"
        MONITORING = "monitoring", "Monitoring"
        RESOLVED = "resolved", "Resolved"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    status = models.CharField(max_length=13, choices=Status)
    message = models.TextField()
    is_public = models.BooleanField(default=False)
    next_update_at = models.DateTimeField(
        null=True, blank=True, help_text="When the next one is promised."
    )
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    subscribers_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When subscribers of the status page had their mail made."
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="update_for_subscribers",
                condition=Q(is_public=True, subscribers_told_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(message=""), name="update_says_something"),
            models.CheckConstraint(
                condition=Q(next_update_at__isnull=True)
                | Q(next_update_at__gt=models.F("published_at")),
                name="next_update_is_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident.ref} {self.status}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 update 3`."""
        return f"INC-{self.incident_id} update {self.pk}"


class Notice(models.Model):
    """What the public sees of an incident: a title and components of its own, and public updates.

    There is one from the first public update on. The incident's own title stays inside.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="notice")
    title = models.CharField(max_length=200)
    health = models.CharField(max_length=14, choices=Health)
    components = models.ManyToManyField(Component, blank=True, related_name="notices")
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="notice_has_a_title")]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 notice`."""
        return f"INC-{self.incident_id} notice"

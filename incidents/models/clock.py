"""The clocks of an incident: by when it is answered, those affected hear more, and it is told."""

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident


class IncidentClock(models.Model):
    """One clock, from its start until it is stopped; written only by `incidents.lifecycle`.

    # Note [Clocks of an incident]
    A clock is a row with its due time, so nothing is lost while no worker runs. What is due is told
    of once: when it is near, and when it is late. Whatever stops it leaves the row, so the share of
    targets met is counted from rows. A changed target holds for clocks that begin after it.
    """

    class Kind(models.TextChoices):
        RESPOND = "respond", "Somebody answers"
        UPDATE = "update", "The next update"
        POSTMORTEM = "postmortem", "The postmortem"

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="clocks", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    started_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["incident", "id"]
        indexes = [
            models.Index(fields=["incident", "id"], name="clock_of_incident"),
            models.Index(
                fields=["remind_at"],
                name="clock_to_remind_of",
                condition=Q(stopped_at=None, reminded_at=None, breached_at=None),
            ),
            models.Index(
                fields=["due_at"],
                name="clock_to_find_late",
                condition=Q(stopped_at=None, breached_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind"],
                condition=Q(stopped_at=None),
                name="one_clock_of_a_kind_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of INC-{self.incident_id}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 clock 3`."""
        return f"INC-{self.incident_id} clock {self.pk}"

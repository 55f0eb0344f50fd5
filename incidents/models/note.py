"""What people write on the timeline of an incident."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from incidents.models.incident import Incident


class TimelineNote(models.Model):
    """A sentence on the timeline; `at` is when it happened, which may be long before `written_at`.

    A correction is a note of its own that names what it corrects; both stay.
    """

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="notes", db_index=False
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="incident_notes",
        null=True,
        blank=True,
        db_index=False,
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="correction", null=True, blank=True
    )
    pinned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="note_is_numbered_once"),
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(at__lte=F("written_at")), name="note_is_written_afterwards"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 note 3`."""
        return f"INC-{self.incident_id} note {self.pk}"

"""What people said of an alert in the tool that keeps it."""

from django.db import models

from incidents.models.alert import Alert


class AlertNote(models.Model):
    """Words somebody said of an alert, in a tool such as Opsgenie; `by` is their name there.

    `word` is the tool's own for the message, so that one that is read again is kept once.
    """

    class Act(models.TextChoices):
        NOTED = "noted", "Noted"
        SNOOZED = "snoozed", "Snoozed it"
        ACKNOWLEDGED = "acknowledged", "Acknowledged it"
        CLOSED = "closed", "Closed it"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notes", db_index=False)
    word = models.CharField(max_length=64)
    act = models.CharField(max_length=12, choices=Act)
    by = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "word"], name="alert_note_is_kept_once"),
            models.CheckConstraint(
                condition=models.Q(act__in=["noted", "snoozed", "acknowledged", "closed"]),
                name="alert_note_act_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60] or self.act

"""Which clocks were told of: that they run out soon, and that they have."""

from django.db import models

from changes.models.change import Change


class ClockNotice(models.Model):
    """A reminder or a breach that was recorded, so that it is recorded once.

    What was told is in the event; this only remembers that it was.
    """

    class Stage(models.TextChoices):
        REMINDER = "reminder", "It runs out soon"
        BREACH = "breach", "It has run out"

    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="clock_notices", db_index=False
    )
    owes = models.CharField(max_length=6)
    stage = models.CharField(max_length=8, choices=Stage)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "owes", "stage"], name="clock_is_told_once_at_each_stage"
            ),
            models.CheckConstraint(
                name="clock_counts_votes_or_a_review",
                condition=models.Q(owes__in=["votes", "review"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.owes} on CHG-{self.change_id}"

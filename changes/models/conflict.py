"""Conflicts that were told: which changes were found in each other's way, and until when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from changes.models.change import Change


class Conflict(models.Model):
    """Two changes whose periods and places meet; both were told so by an event.

    `change` is the one filed first, and `why` how it sees the other. A conflict that is over stays,
    with `cleared_at`.
    """

    class Level(models.TextChoices):
        HARD = "hard", "Hard: one keeps the other from starting"
        SOFT = "soft", "Soft: both should know"

    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="conflicts_later", db_index=False
    )
    other = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="conflicts_earlier")
    level = models.CharField(max_length=4, choices=Level)
    why = ArrayField(models.CharField(max_length=16))
    found_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="conflict_names_the_earlier_change_first", condition=Q(change__lt=F("other"))
            ),
            models.CheckConstraint(
                name="conflict_level_is_known", condition=Q(level__in=["hard", "soft"])
            ),
            models.UniqueConstraint(
                name="open_conflict_is_kept_once",
                fields=["change", "other"],
                condition=Q(cleared_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} and CHG-{self.other_id}"


class ConflictCheck(models.Model):
    """A change that moved, so that its conflicts are to be looked at again by a worker.

    Written with the move itself; a row for each move, so that none is taken for one before it.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"CHG-{self.change_id}"

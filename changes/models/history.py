"""How changes went in the last year, counted beforehand: see `changes.track_records`."""

from django.db import models

SUBJECT_LETTERS = 40


def _count(help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0, help_text=help_text)


class Counted(models.Model):
    """How many changes closed, and how many of them went wrong.

    `subject` is `organisation`, `service:12`, `template:3` or `category:database`, by key.
    """

    closed = _count("Changes that were closed.")
    failed = _count("Of those, how many failed or were rolled back.")
    followed = _count("Of those, how many a SEV-1 or SEV-2 is held against.")

    class Meta:
        abstract = True


class TrackRecord(Counted):
    """The year up to the last count. Readers look here."""

    subject = models.CharField(max_length=SUBJECT_LETTERS, primary_key=True)

    def __str__(self) -> str:
        return f"{self.subject}: {self.failed} of {self.closed} failed"


class TrackRecordDay(Counted):
    """One day (UTC) of a subject, by when its changes were closed."""

    subject = models.CharField(max_length=SUBJECT_LETTERS)
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "day"], name="track_record_is_kept_by_day"),
        ]
        indexes = [models.Index(fields=["day"], name="track_record_by_day")]

    def __str__(self) -> str:
        return f"{self.subject} on {self.day}"


class TrackRecordCount(models.Model):
    """When was counted last; one row, which whoever counts holds."""

    counted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"counted at {self.counted_at}"

"""Calendars of somebody else's: the copy that is kept of each, and the times it names."""

from django.db import models
from django.db.models import Q

from changes.models.window import Window

SUMMARY_LETTERS = 200


class Calendar(models.Model):
    """Where the times of a window come from, and how reading them went.

    `text` is the last copy that could be read; public holidays have none. A failure is told in
    `failure`, and leaves the copy and its times as they are.
    """

    window = models.OneToOneField(
        Window, primary_key=True, on_delete=models.CASCADE, related_name="calendar"
    )
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the text.")
    etag = models.CharField(max_length=400, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)
    polled_at = models.DateTimeField(help_text="When it was last asked for.")
    good_at = models.DateTimeField(help_text="When it was last read, or said to be unchanged.")
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True, help_text="Why it could not be read last time.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    due_at = models.DateTimeField(help_text="When it is read next.")
    read_until = models.DateTimeField(help_text="How far ahead its times are listed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="calendar_failure_says_when_and_why",
                condition=Q(failed_at__isnull=True, failure="", failures=0)
                | (Q(failed_at__isnull=False, failures__gt=0) & ~Q(failure="")),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="calendar_by_due")]

    def __str__(self) -> str:
        return f"calendar of {self.window_id}"


class ListedTime(models.Model):
    """One time that a calendar names. Those that are over stay, to tell what held then."""

    window = models.ForeignKey(
        Window, on_delete=models.CASCADE, related_name="times", db_index=False
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    summary = models.CharField(max_length=SUMMARY_LETTERS, blank=True)

    class Meta:
        ordering = ["starts_at", "ends_at"]
        constraints = [
            models.CheckConstraint(
                name="listed_time_ends_after_it_starts",
                condition=Q(ends_at__gt=models.F("starts_at")),
            ),
        ]
        indexes = [models.Index(fields=["window", "ends_at"], name="listed_time_by_end")]

    def __str__(self) -> str:
        return f"{self.summary} {self.starts_at:%Y-%m-%d %H:%M}"

"""Complaints: what people say is wrong, whether or not any monitoring saw it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Service


class Complaint(models.Model):
    """What one person said once; written only by `incidents.complaints`.

    `message_id` is that of the mail, or of whoever passed it on, by which a repetition is known.
    """

    message_id = models.CharField(max_length=255, unique=True)
    said_by = models.CharField(max_length=254, help_text="A name or an address, as it was told.")
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True, default="")
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="complaints", null=True, blank=True
    )
    since_at = models.DateTimeField(null=True, blank=True, help_text="Since when, as they say.")
    affected = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many people, as they say."
    )
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="complaints"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-reported_at"], name="complaint_newest_first")]
        constraints = [
            models.CheckConstraint(name="complaint_says_something", condition=~Q(subject="")),
            models.CheckConstraint(
                name="complaint_is_about_what_has_begun",
                condition=Q(since_at__isnull=True) | Q(since_at__lte=models.F("reported_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def ref(self) -> str:
        """`complaint:3`: what the ledger calls it."""
        return f"complaint:{self.pk}"

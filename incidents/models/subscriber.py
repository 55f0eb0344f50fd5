"""Subscribers: whoever asked for mail when the status page says something new."""

from django.db import models
from django.db.models import Q


class Subscriber(models.Model):
    """One address; it hears nothing until somebody who reads its mail has confirmed.

    Who unsubscribes is deleted. The token of the confirming mail is kept as a digest.
    """

    email = models.EmailField(unique=True)
    asked_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="When the confirming mail is due; empty once it is sent."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    confirm_digest = models.CharField(max_length=64, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="subscriber_to_confirm",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["confirm_digest"], name="subscriber_by_token"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How the outbox calls them: never by the address, which would stay in the ledger."""
        return f"status subscriber {self.pk}"

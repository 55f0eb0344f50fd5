"""Messages that came in, as they came: each is a row before its sender hears that it is taken."""

from django.db import models
from django.db.models import Q

from ledger.models.source import Source


class Message(models.Model):
    """One message of a source, and how reading it goes.

    `delivery_id` is the vendor's own number, by which a repetition is known. Messages with the same
    `in_order` are read one after another, as they came.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        FAILED = "failed", "Failed, to be tried again"
        DONE = "done", "Done"
        DEAD = "dead", "Given up"

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    topic = models.CharField(max_length=60)
    delivery_id = models.CharField(max_length=255, blank=True)
    in_order = models.CharField(max_length=255, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker holds it until then."
    )
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["source", "received_at"], name="message_by_source"),
            models.Index(fields=["received_at"], name="message_by_time"),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="message_due",
                condition=Q(state__in=["pending", "failed"]),
            ),
            models.Index(
                fields=["source", "in_order", "id"],
                name="message_in_order",
                condition=Q(state__in=["pending", "failed"]) & ~Q(in_order=""),
            ),
            models.Index(fields=["id"], name="message_given_up", condition=Q(state="dead")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="message_is_kept_once",
                fields=["source", "delivery_id"],
                condition=~Q(delivery_id=""),
            ),
            models.CheckConstraint(
                name="message_state_is_known",
                condition=Q(state__in=["pending", "failed", "done", "dead"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"

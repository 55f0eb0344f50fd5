"""Stored answers: what a write with an Idempotency-Key was answered."""

from django.db import models


class StoredAnswer(models.Model):
    """The answer given to one actor for one key; the next request with the key gets it again."""

    actor = models.TextField()
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="JSON, as it was sent.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="actor_uses_a_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.key}"

"""Seals: signed proof of which events there were, made every few minutes."""

from django.db import models
from django.db.models import F, Q


class Seal(models.Model):
    """The root over the events after the last seal, chained to that seal and signed.

    Written only by `ledger.seals.making`; the database refuses UPDATE, DELETE and TRUNCATE. What is
    signed tells Note [Statement of a seal] in `ledger/seals/statement.py`. It covers every event
    whose id is above the last seal's `last_id` and at most its own.
    """

    number = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3 … without a gap.")
    sealed_at = models.DateTimeField()
    first_id = models.BigIntegerField(help_text="The id of its first event.")
    last_id = models.BigIntegerField(unique=True, help_text="The id of its last event.")
    count = models.PositiveIntegerField(help_text="How many events it covers.")
    root = models.CharField(max_length=64)
    heads = models.JSONField(
        help_text="The newest event it covers of each subject: position, begin of its digest."
    )
    previous_digest = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    kid = models.CharField("key", max_length=40)
    signature = models.BinaryField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(name="seal_is_numbered_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(name="seal_covers_an_event", condition=Q(count__gte=1)),
            models.CheckConstraint(
                name="seal_ends_after_it_begins", condition=Q(last_id__gte=F("first_id"))
            ),
        ]
        indexes = [models.Index(fields=["sealed_at"], name="seal_by_time")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """`SEAL-7`: how people and the ledger name it."""
        return f"SEAL-{self.number}"

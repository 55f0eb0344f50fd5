"""Events: what happened, in an order nobody can change."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Event(models.Model):
    """Something that happened to one subject; written only by `ledger.timeline.record`.

    The database checks subject, verb and actor, sets `position`, `previous_digest` and `digest`
    (`ledger_link_event`), and refuses UPDATE, DELETE and TRUNCATE.
    See Note [Digest of an event] in `ledger/chains.py`.
    """

    subject = models.TextField(help_text="The ref it happened to, such as CHG-12.")
    position = models.PositiveIntegerField(help_text="1, 2, 3 … within the subject.")
    about = ArrayField(models.TextField(), default=list, help_text="Other refs it concerns.")
    verb = models.TextField(help_text="What happened, in the past tense: change.approved.")
    actor = models.TextField(help_text="The username of who did it.")
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    content_digest = models.CharField(max_length=64)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["subject", "position"]
        indexes = [
            GinIndex(fields=["about"], name="event_about"),
            models.Index(fields=["-at", "-id"], name="event_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "position"], name="event_has_its_own_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.position} {self.verb}"

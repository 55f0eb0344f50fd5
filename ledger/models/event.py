"""Events: what happened, in an order nobody can change."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL

# Without regular expressions: those took a quarter of what recording an event takes.
SUBJECT_IS_A_REF = RawSQL(
    r"length(subject) BETWEEN 1 AND 200 AND subject = translate(subject, E' \t\n\r\f\x0b', '')",
    (),
    output_field=models.BooleanField(),
)
VERB_IS_WORDS = RawSQL(
    "translate(verb, 'abcdefghijklmnopqrstuvwxyz0123456789_.', '') = '' AND verb <> '' "
    "AND left(verb, 1) <> '.' AND right(verb, 1) <> '.' AND strpos(verb, '..') = 0",
    (),
    output_field=models.BooleanField(),
)


class Event(models.Model):
    """Something that happened to one subject; written only by `ledger.timeline.record`.

    The database sets `position`, `previous_digest` and `digest`, and refuses UPDATE, DELETE and
    TRUNCATE. See Note [Digest of an event] in `ledger/chains.py`.
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
            models.CheckConstraint(condition=SUBJECT_IS_A_REF, name="event_subject_is_a_ref"),
            models.CheckConstraint(condition=VERB_IS_WORDS, name="event_verb_is_dotted_words"),
            models.CheckConstraint(condition=~models.Q(actor=""), name="event_names_its_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.position} {self.verb}"

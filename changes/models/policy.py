"""Custom policy rules as rows, every version of each, and the edition of the whole book."""

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from changes.models.rule import OFFICES

# Note [The edition of the book]
# A process keeps the rules it compiled, and must never decide by old ones. So whatever writes a
# rule, by whatever way, gives the book a new edition in the same transaction, by trigger; the facts
# bring the edition along, and rules of another are read again. An edition is drawn at random, never
# counted: one that was rolled back does not come again. Writers wait for each other at its row.
_NEW_EDITION = """
    INSERT INTO changes_policybook (id, edition) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET edition = excluded.edition;
    RETURN NULL;
"""


class PolicyRule(models.Model):
    """A rule of one's own as it stands; `conditions` are those of `changes.policies.custom`."""

    class EffectWord(models.TextChoices):
        DENY = "deny", "Deny: it is refused"
        WARN = "warn", "Warn: it is let through with a warning"
        REQUIRE = "require", "Require: somebody more must approve"

    class ModeWord(models.TextChoices):
        ENFORCE = "enforce", "Enforce: it decides"
        SHADOW = "shadow", "Shadow: what it would have said is recorded, and decides nothing"

    class VerbWord(models.TextChoices):
        SUBMIT = "submit", "Submit for approval"
        START = "start", "Start"
        DEPLOY = "deploy", "Deploy (the gate)"
        CLOSE = "close", "Close"

    name = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField("active", default=True)
    effect = models.CharField(max_length=7, choices=EffectWord, default=EffectWord.DENY)
    mode = models.CharField(max_length=7, choices=ModeWord, default=ModeWord.SHADOW)
    verbs = ArrayField(models.CharField(max_length=6, choices=VerbWord), default=list, blank=True)
    conditions = models.JSONField(default=dict)
    message = models.CharField(
        max_length=300, blank=True, help_text="What is said to whom it stops: what, and why."
    )
    remedy = models.CharField(max_length=300, blank=True, help_text="What to do next.")
    authority = models.CharField(max_length=16, choices=OFFICES, blank=True)
    count = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="How many distinct people.",
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    managed_in = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="policy_rule_asks_whom_it_requires",
                condition=~Q(effect="require") & Q(authority="")
                | Q(effect="require", count__gte=1) & ~Q(authority=""),
            ),
            models.CheckConstraint(
                name="policy_rule_is_asked_at_some_verb", condition=Q(verbs__len__gte=1)
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="policy_rule_makes_a_new_edition",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_NEW_EDITION,
            ),
            pgtrigger.Protect(name="policy_rule_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`POL-3`: what the ledger calls it."""
        return f"POL-{self.pk}"


class PolicyVersion(models.Model):
    """A rule as it was saved once, kept for ever; decisions name rule and version."""

    rule = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    says = models.JSONField()
    sentence = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["rule", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="policy_version_is_numbered_once", fields=["rule", "version"]
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="policy_version_is_kept_as_it_was",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"


class PolicyBook(models.Model):
    """One row: the edition of all rules together. See Note [The edition of the book]."""

    edition = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_policy_book", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.edition)

"""Votes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from changes.models.change import Change


class Vote(models.Model):
    """What one person said about one plan, and the authorities they held when they said it."""

    class Word(models.TextChoices):
        APPROVE = "approve", "Approve"
        REJECT = "reject", "Reject"
        ABSTAIN = "abstain", "Abstain"

    class Authentication(models.TextChoices):
        SESSION = "session", "signed in"
        TOKEN = "token", "by an API token"
        PASSWORD = "password", "gave the password again"
        SECOND_FACTOR = "second_factor", "gave password and code again"

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="votes")
    round = models.PositiveIntegerField()
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes"
    )
    decision = models.CharField(max_length=7, choices=Word)
    comment = models.TextField(blank=True)
    authorities = ArrayField(models.CharField(max_length=160))
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose authority it was, where somebody stood in.",
    )
    plan_digest = models.CharField(max_length=64)
    cast_at = models.DateTimeField()
    authenticated_by = models.CharField(
        max_length=13,
        choices=Authentication,
        blank=True,
        default="",
        db_default="",
        help_text="How the voter had shown who they are; empty for votes of before.",
    )

    class Meta:
        ordering = ["change", "id"]
        indexes = [models.Index(fields=["cast_at"], name="vote_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "round", "voter"], name="person_votes_once_a_round"
            ),
            models.UniqueConstraint(
                fields=["change", "round", "on_behalf_of"],
                name="person_is_spoken_for_once_a_round",
            ),
            models.CheckConstraint(
                name="nobody_votes_on_behalf_of_themselves",
                condition=~models.Q(on_behalf_of=models.F("voter")),
            ),
            models.CheckConstraint(
                name="rejection_says_why",
                condition=~models.Q(decision="reject") | ~models.Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voter} {self.decision} CHG-{self.change_id}"

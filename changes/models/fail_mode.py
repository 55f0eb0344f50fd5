"""Fail modes: what clients do where the gate cannot be reached."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from catalog.models import Environment


class FailMode(models.Model):
    """What a client does in one environment when the gate does not answer; with no row it denies.

    `lasts` is how long a client may go by what it was told. See Note [When a client may go on
    without the gate] in `changes.policies.fail_mode`.
    """

    class Mode(models.TextChoices):
        DENY = "deny", "Deny: nothing is deployed until the gate answers"
        ALLOW = "allow", "Allow: deploy, and say so"

    environment = models.OneToOneField(
        Environment, on_delete=models.PROTECT, related_name="fail_mode"
    )
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.DENY)
    reason = models.CharField(max_length=300, blank=True, help_text="Pipelines print it.")
    allow_until = models.DateTimeField(
        null=True, blank=True, help_text="Then it denies again; production must say when."
    )
    lasts = models.DurationField(
        default=timedelta(hours=12),
        help_text="How long a client goes by what it was told: a day at most.",
    )

    class Meta:
        ordering = ["environment__slug"]
        constraints = [
            models.CheckConstraint(
                name="fail_mode_is_to_deny_or_to_allow", condition=Q(mode__in=["deny", "allow"])
            ),
            models.CheckConstraint(
                name="fail_mode_that_allows_says_why",
                condition=Q(mode="deny") | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="fail_mode_that_denies_has_no_end",
                condition=Q(mode="allow") | Q(allow_until__isnull=True),
            ),
            models.CheckConstraint(
                name="fail_mode_lasts_a_day_at_most",
                condition=Q(lasts__gte=timedelta(minutes=5), lasts__lte=timedelta(days=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment.slug}: {self.mode}"

    @property
    def ref(self) -> str:
        """`environment:production fail-mode`: how the ledger names it."""
        return f"environment:{self.environment.slug} fail-mode"

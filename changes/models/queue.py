"""The queue at the gate: who waits for an environment, in the order in which they first asked."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Environment
from changes.models.change import Change
from ledger.models import Callback


class QueuePlace(models.Model):
    """One run of a pipeline that waits at the gate with a change; its key is its turn.

    `ready_from` is when, as far as was known last, nothing but others stood in its way; empty while
    that depends on people. Once its turn has come (`released_at`) room is kept for it until
    `held_until`. A place that is left stays, with why.
    """

    class Left(models.TextChoices):
        STARTED = "started", "Started"
        DENIED = "denied", "Denied"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Stopped asking"

    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="queue_places", db_index=False
    )
    revision = models.CharField(max_length=120, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    run_id = models.CharField(max_length=120, blank=True)
    pipeline_url = models.URLField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    callback = models.ForeignKey(
        Callback, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    joined_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ready_from = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=9, choices=Left, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="run_waits_once_with_a_change",
                fields=["change", "run_id"],
                condition=Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="place_that_is_left_says_why",
                condition=Q(left_at__isnull=True, left_because="")
                | Q(left_at__isnull=False) & ~Q(left_because=""),
            ),
            models.CheckConstraint(
                name="released_place_says_until_when",
                condition=Q(released_at__isnull=True, held_until__isnull=True)
                | Q(released_at__isnull=False, held_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["environment", "id"],
                name="queue_of_environment",
                condition=Q(left_at__isnull=True),
            ),
            models.Index(
                fields=["look_at"], name="queue_to_look_at", condition=Q(left_at__isnull=True)
            ),
            models.Index(
                fields=["expires_at"], name="queue_that_ends", condition=Q(left_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} {self.run_id}".strip()

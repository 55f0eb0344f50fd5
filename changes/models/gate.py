"""What the gate answered."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q, Value


class GateAnswer(models.Model):
    """One answer of the gate, as given. Names its subjects by slug and ref, so it outlives them.

    `asking` is what the answers to one run have in common, or to one question that is polled: the
    key of the first of them. `number` counts them, and `gist` tells whether two say the same.
    `named` is the change that was asked about by name, `change` the one that was found.
    """

    class Answer(models.TextChoices):
        ALLOW = "allow", "Allow"
        WAIT = "wait", "Wait"
        DENY = "deny", "Deny"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    service = models.CharField(max_length=80)
    environment = models.CharField(max_length=50)
    revision = models.CharField(max_length=120, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    change = models.CharField(max_length=24, blank=True)
    decision = models.CharField(max_length=5, choices=Answer)
    reasons = models.JSONField(default=list)
    would_have = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    next_allowed_at = models.DateTimeField(null=True, blank=True)
    permit_expires_at = models.DateTimeField(null=True, blank=True)
    pipeline_url = models.URLField(blank=True)
    run_id = models.CharField(max_length=120, blank=True)
    attempt = models.PositiveIntegerField(null=True, blank=True)
    named = models.CharField(max_length=24, blank=True, default="", db_default="")
    asking = models.UUIDField(null=True, blank=True, editable=False)
    number = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    gist = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="one_answer_after_the_other",
                fields=["asking", "number"],
                condition=Q(asking__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="gate_answer_newest"),
            models.Index(fields=["service", "-at"], name="gate_answer_by_service"),
            BrinIndex(fields=["at"], name="gate_answer_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.service}/{self.environment}"

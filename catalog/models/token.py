"""API tokens: what CI and scripts show at the door."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models


class Scope(models.TextChoices):
    """What a token may be used for."""

    GATE = "gate", "Ask the gate, report deployments"
    CHANGES_READ = "changes:read", "Read changes"
    CHANGES_WRITE = "changes:write", "File and move changes"
    WINDOWS_WRITE = "windows:write", "Write windows"
    ALERTS_WRITE = "alerts:write", "Send alerts"
    INCIDENTS_WRITE = "incidents:write", "Declare and run incidents"
    ADMIN = "admin", "Everything its user may do"


class ApiToken(models.Model):
    """A bearer token; only its SHA-256 is kept, so it can be shown once and never again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, help_text="The first characters, to recognise it by.")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope))
    services = ArrayField(
        models.SlugField(max_length=80),
        default=list,
        blank=True,
        help_text="Only these services; empty means any.",
    )
    teams = ArrayField(
        models.SlugField(),
        default=list,
        blank=True,
        help_text="Only services of these teams; empty means any.",
    )
    environments = ArrayField(
        models.SlugField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="Only in these environments; empty means any.",
    )
    per_minute = models.PositiveIntegerField(
        "requests a minute",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Of each kind, asking the gate and writing; empty means the usual limits.",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    origin = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="Of which pipeline's token it was made; empty where a person issued it.",
    )
    reminders = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often its end was announced."
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_minute__gte=1), name="token_sends_at_least_one_a_minute"
            ),
        ]
        indexes = [
            models.Index(
                "expires_at",
                name="token_ends",
                condition=models.Q(revoked_at__isnull=True, expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

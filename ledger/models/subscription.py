"""Subscriptions: who must hear of which events, and how."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

verb_pattern = RegexValidator(
    r"^[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?$",
    "Write a verb such as change.approved, or a prefix such as change.*",
)


class Subscription(models.Model):
    """One receiver: an e-mail address or a webhook."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    name = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=7, choices=Channel)
    target = models.CharField(
        max_length=500, help_text="The e-mail address, or the https:// address of the webhook."
    )
    verbs = ArrayField(
        models.CharField(max_length=80, validators=[verb_pattern]),
        default=list,
        blank=True,
        help_text="Such as change.approved, change.*; empty means every verb. Separate by commas.",
    )
    services = ArrayField(
        models.SlugField(max_length=80),
        default=list,
        blank=True,
        help_text="Only events about these services or teams; both empty means all.",
    )
    teams = ArrayField(models.SlugField(), default=list, blank=True)
    sealed_secret = models.BinaryField(
        default=bytes, editable=False, help_text="The webhook's signing secret, encrypted."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    paused_until = models.DateTimeField(
        null=True, blank=True, help_text="Set when the receiver fails or asks us to wait."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__in=["email", "webhook"]),
                name="subscription_channel_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(target=""), name="subscription_has_a_target"
            ),
            models.CheckConstraint(
                condition=~models.Q(channel="webhook", sealed_secret=b""),
                name="webhook_has_a_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.name

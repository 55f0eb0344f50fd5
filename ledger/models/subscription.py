"""Subscriptions: who must hear of which events, and how."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

verb_pattern = RegexValidator(
    r"^[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?$",
    "Write a verb such as change.approved, or a prefix such as change.*",
)


class Channel(models.TextChoices):
    """How a receiver is told."""

    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"
    SLACK = "slack", "Slack, incoming webhook"
    SLACK_BOT = "slack_bot", "Slack, bot"
    TEAMS = "teams", "Microsoft Teams, Workflows"
    PAGERDUTY = "pagerduty", "PagerDuty, Events v2"
    OPSGENIE = "opsgenie", "Opsgenie"
    STATUSPAGE = "statuspage", "Statuspage"
    APPRISE = "apprise", "Another, by apprise"


class Subscription(models.Model):
    """One receiver: an address, a chat, or a tool that pages people."""

    Channel = Channel

    name = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=10, choices=Channel)
    target = models.CharField(
        max_length=500,
        blank=True,
        help_text="An e-mail address; the https:// address of a webhook; a channel of Slack, such "
        "as C0INC; the id of a page of Statuspage; elsewhere a word for people. Only one that is "
        "not active may be without.",
    )
    base_url = models.CharField(
        "API address",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Where the tool's API is, such as https://events.eu.pagerduty.com; empty means "
        "the vendor's usual one.",
    )
    components = models.JSONField(
        default=dict,
        blank=True,
        db_default=models.Value({}, models.JSONField()),
        help_text='Of Statuspage: which component each service is, as {"checkout": "k1"}.',
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
    severity_at_most = models.PositiveSmallIntegerField(
        "severities up to",
        null=True,
        blank=True,
        choices=[(1, "SEV-1"), (2, "SEV-2"), (3, "SEV-3"), (4, "SEV-4")],
        help_text="Only incidents that are this bad or worse when the message is sent.",
    )
    lane = models.CharField(
        max_length=11,
        default="webhooks",
        db_default="webhooks",
        choices=[
            ("paging", "Paging"),
            ("chat", "Chat"),
            ("mail", "Mail"),
            ("webhooks", "Webhooks"),
            ("status", "Status pages of others"),
        ],
        help_text="What it is sent with; nothing holds up paging.",
    )
    sealed_secret = models.BinaryField(
        default=bytes, editable=False, help_text="Its signing secret, key or address, encrypted."
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
                condition=models.Q(channel__in=Channel.values),
                name="subscription_channel_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | ~models.Q(target=""),
                name="active_subscription_has_a_target",
            ),
            models.CheckConstraint(
                condition=models.Q(channel="email") | ~models.Q(sealed_secret=b""),
                name="subscription_but_by_email_has_a_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(severity_at_most__isnull=True)
                | models.Q(severity_at_most__gte=1, severity_at_most__lte=4),
                name="subscription_severity_is_one_to_four",
            ),
        ]

    def __str__(self) -> str:
        return self.name

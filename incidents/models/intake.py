"""Rows that say what comes in: how JSON is read, and which topics of Amazon SNS are ours."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ledger.models import Source

LONGEST_PATH = 200


class SignalMapping(models.Model):
    """Where in a message of some tool what we want to know is; written by `intake.mappings`.

    Each is a path (`alert.name`, `alerts.0.name`, `/alert/name` as RFC 6901 has it), or a constant
    after `=`. `event_type` is of a CloudEvent, and may end in `*`.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="signal_mappings")
    event_type = models.CharField(
        "type of event",
        max_length=LONGEST_PATH,
        blank=True,
        help_text="Of CloudEvents only: com.example.alert, or com.example.*. The paths then begin "
        "at the event, such as data.name.",
    )
    is_ignored = models.BooleanField(
        "ignored", default=False, help_text="Such messages are read, and nothing becomes of them."
    )
    each = models.CharField(
        "list of alerts",
        help_text="Empty: the body is one alert.",
        max_length=LONGEST_PATH,
        blank=True,
    )
    key = models.CharField(
        help_text="What tells the alert from others, for as long as it lives.",
        max_length=LONGEST_PATH,
        blank=True,
    )
    title = models.CharField(max_length=LONGEST_PATH, blank=True)
    body = models.CharField("text", max_length=LONGEST_PATH, blank=True)
    status = models.CharField(
        help_text="Empty: each message tells of something once, and no end will be told.",
        max_length=LONGEST_PATH,
        blank=True,
    )
    resolved_words = models.CharField(
        max_length=LONGEST_PATH,
        blank=True,
        default="resolved, ok, closed, recovered, up",
        help_text="What the status says when it is over, by comma.",
    )
    acknowledged_words = models.CharField(
        max_length=LONGEST_PATH, blank=True, default="acknowledged"
    )
    firing_words = models.CharField(
        max_length=LONGEST_PATH,
        blank=True,
        help_text="Empty: every other word. Otherwise a word that is in no list is not understood.",
    )
    severity = models.CharField(
        help_text="A word or a number; SEV-1, P1, critical …", max_length=LONGEST_PATH, blank=True
    )
    severity_words = models.TextField(
        blank=True, help_text="A line for each word that is not understood by itself: boom = 1."
    )
    service = models.CharField(max_length=LONGEST_PATH, blank=True)
    environment = models.CharField(max_length=LONGEST_PATH, blank=True)
    group = models.CharField(
        help_text="By which the tool itself groups.", max_length=LONGEST_PATH, blank=True
    )
    started_at = models.CharField(
        "began", help_text="ISO 8601, or since 1970.", max_length=LONGEST_PATH, blank=True
    )
    ended_at = models.CharField("ended", max_length=LONGEST_PATH, blank=True)
    occurrence = models.CharField(
        help_text="What tells one firing from the next.", max_length=LONGEST_PATH, blank=True
    )
    link = models.CharField(
        help_text="Where more is to be read.", max_length=LONGEST_PATH, blank=True
    )
    labels = models.CharField(
        help_text="An object; its texts become labels.", max_length=LONGEST_PATH, blank=True
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["source", "event_type"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "event_type"], name="messages_of_a_type_are_mapped_once"
            ),
            models.CheckConstraint(
                name="mapping_says_what_an_alert_is", condition=Q(is_ignored=True) | ~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source.slug}: {self.event_type or 'every message'}"

    @property
    def ref(self) -> str:
        """`signal-mapping:3`: what the ledger calls it."""
        return f"signal-mapping:{self.pk}"


class SnsTopic(models.Model):
    """A topic of Amazon SNS that told of itself, or was named; written by `intake.topics`.

    Nothing of it is read before somebody confirms it. The address by which a subscription is
    confirmed holds a token, so it is kept encrypted.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for confirmation"
        CONFIRMED = "confirmed", "Confirmed"
        ENDED = "ended", "Ended by Amazon or somebody there"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="sns_topics")
    arn = models.CharField("topic", max_length=300)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    sealed_address = models.TextField(editable=False)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = "SNS topic"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "arn"], name="topic_of_a_source_is_kept_once"
            ),
            models.CheckConstraint(
                name="confirmed_topic_says_when_and_by_whom",
                condition=~Q(state="confirmed")
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.arn

    @property
    def ref(self) -> str:
        """`sns-topic:3`: what the ledger calls it."""
        return f"sns-topic:{self.pk}"

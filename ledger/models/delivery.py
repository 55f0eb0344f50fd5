"""Deliveries: the outbox, one row per event and receiver."""

from django.db import models

from ledger.models.callback import Callback
from ledger.models.event import Event
from ledger.models.letter import Letter
from ledger.models.reply import Reply
from ledger.models.subscription import Subscription


def _only(receiver: str) -> models.Q:
    """This receiver is named, and no other."""
    receivers = ("subscription", "callback", "letter", "reply")
    return models.Q(**{f"{name}__isnull": name != receiver for name in receivers})


class Lane(models.TextChoices):
    """What is sent apart from all else; see Note [Lanes] in `ledger/lanes.py`."""

    PAGING = "paging", "Paging"
    CHAT = "chat", "Chat"
    MAIL = "mail", "Mail"
    WEBHOOKS = "webhooks", "Webhooks"
    STATUS = "status", "Status pages of others"
    REPLIES = "replies", "Replies"
    SUBSCRIBERS = "subscribers", "Subscribers of our status page"


class Delivery(models.Model):
    """One event on its way to one receiver; at least once, until sent, dropped or given up.

    Dropped is what would have told something that is no longer so, or has no words for a receiver.

    The receiver is a subscription, the callback somebody gave for this one event, the person a
    letter is written to, or a program of another tool that waits for a reply.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        DROPPED = "dropped", "Not needed any more"

    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    callback = models.ForeignKey(
        Callback, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    letter = models.ForeignKey(
        Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    reply = models.ForeignKey(
        Reply, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    subject = models.TextField(
        default="", db_default="", help_text="That of the event, for keeping the order."
    )
    reader = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Who reads it in order where no subscription does: a person, a subscriber.",
    )
    lane = models.CharField(
        max_length=11, choices=Lane, default=Lane.WEBHOOKS, db_default="webhooks"
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker holds it until then."
    )
    last_error = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["lane", "next_attempt_at", "id"],
                name="delivery_due_in_lane",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["subscription", "subject", "id"],
                name="delivery_in_order",
                condition=models.Q(status__in=["pending", "failed"]),
            ),
            models.Index(
                fields=["subject", "reader", "id"],
                name="delivery_in_readers_order",
                condition=models.Q(status="pending") & ~models.Q(reader=""),
            ),
            models.Index(
                fields=["id"], name="delivery_given_up", condition=models.Q(status="failed")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "subscription"], name="event_goes_to_a_subscription_once"
            ),
            models.CheckConstraint(
                condition=_only("subscription")
                | _only("callback")
                | _only("letter")
                | _only("reply"),
                name="delivery_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "sent", "failed", "dropped"]),
                name="delivery_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="sent", sent_at__isnull=False)
                | (~models.Q(status="sent") & models.Q(sent_at__isnull=True)),
                name="sent_delivery_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.receiver}"

    @property
    def receiver(self) -> str:
        """What people call who receives it."""
        return str(self.subscription or self.callback or self.letter or self.reply)

    @property
    def channel(self) -> str:
        """How it is sent; callbacks are webhooks, letters are e-mail, replies say it."""
        if self.reply is not None:
            return self.reply.channel
        if self.letter is not None:
            return Subscription.Channel.EMAIL
        return self.subscription.channel if self.subscription else Subscription.Channel.WEBHOOK

    @property
    def target(self) -> str:
        """The address it is sent to."""
        if self.subscription is not None:
            return self.subscription.target
        if self.letter is not None:
            return self.letter.to.email
        return self.callback.url if self.callback is not None else ""

    @property
    def sealed_secret(self) -> bytes:
        """What a webhook is signed with, sealed."""
        kept = self.subscription or self.callback
        return bytes(kept.sealed_secret) if kept is not None else b""

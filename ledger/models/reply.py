"""Replies: what a program of another tool, which waits for an answer, is told."""

from django.db import models
from django.db.models import Q


class Reply(models.Model):
    """Whom to answer, and in which tool's format.

    `channel` names who writes that format (see `ledger.channels.replies`), and knows from its own
    rows where the answer goes; `to` is how people call who waits.
    """

    channel = models.CharField(max_length=20)
    to = models.CharField(max_length=300)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(
                name="reply_says_how_and_whom", condition=~Q(channel="") & ~Q(to="")
            )
        ]

    def __str__(self) -> str:
        return self.to

"""Threads: where a receiver keeps what it was told of one subject, so that it goes on there."""

from django.db import models

from ledger.models.subscription import Subscription


class Thread(models.Model):
    """What a tool calls its message or incident about a subject of ours.

    `remote_id` is the `ts` of a message in Slack, or the id of an incident of Statuspage;
    `place` the channel that Slack said it is in.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="threads")
    subject = models.TextField()
    remote_id = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True, default="")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "subject"], name="subject_has_one_thread_at_a_receiver"
            ),
            models.CheckConstraint(
                condition=~models.Q(remote_id=""), name="thread_says_what_the_tool_calls_it"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.subscription}"

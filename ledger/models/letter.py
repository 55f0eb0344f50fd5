"""Letters: what one person is told by e-mail, in words of its own."""

from django.conf import settings
from django.db import models


class Letter(models.Model):
    """Words to one person; unlike a subscription's message they are written for the reader alone.

    It goes to the address the person has when it is sent, and to nobody who is no longer active.
    """

    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="letters"
    )
    heading = models.CharField(max_length=200, help_text="The subject line.")
    words = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(heading="") & ~models.Q(words=""), name="letter_says_something"
            )
        ]

    def __str__(self) -> str:
        return f"letter to {self.to}"

"""Callbacks: an address that somebody gave to be told one thing, once."""

from django.db import models


class Callback(models.Model):
    """Where one caller is told one event; unlike a subscription, made by the caller's question."""

    url = models.CharField(max_length=500)
    sealed_secret = models.BinaryField(editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(url="") & ~models.Q(sealed_secret=b""),
                name="callback_has_an_address_and_a_secret",
            )
        ]

    def __str__(self) -> str:
        return f"callback {self.pk}"

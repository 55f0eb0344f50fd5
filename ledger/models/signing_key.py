"""Signing keys: what permits and seals are signed with."""

from django.db import models


class SigningKey(models.Model):
    """An Ed25519 key; the private half is encrypted with a key made from SECRET_KEY.

    It is empty once a retired key can sign nothing that anybody would believe.
    """

    purpose = models.CharField(max_length=40, help_text="What it signs: permit, seal …")
    kid = models.CharField(max_length=40, unique=True)
    public = models.BinaryField(max_length=32)
    sealed_private = models.BinaryField()
    created_at = models.DateTimeField()
    waits = models.BooleanField(
        default=False, db_default=False, help_text="It is published, and signs nothing yet."
    )
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="It signs no more; what it signed is still verified."
    )

    class Meta:
        ordering = ["purpose", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"],
                condition=models.Q(retired_at__isnull=True, waits=False),
                name="purpose_has_one_key_in_use",
            ),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=models.Q(waits=True),
                name="purpose_has_one_key_to_come",
            ),
            models.CheckConstraint(
                condition=models.Q(waits=False) | models.Q(retired_at__isnull=True),
                name="retired_key_waits_for_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.kid}"

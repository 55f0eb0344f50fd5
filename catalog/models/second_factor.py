"""What a person has beside their password: an app that shows codes, and recovery codes."""

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """The secret a person's app makes codes from; it counts from `confirmed_at` on.

    `last_step` is the half minute of the last code that was taken: no code counts twice.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed_secret = models.BinaryField(editable=False)
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sealed_secret=b""), name="second_factor_has_a_secret"
            )
        ]

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """One of the codes that stand in for a lost app, each once; only its digest is kept."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"

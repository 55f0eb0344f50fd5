"""A change that takes back another, which may have caused an incident."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from changes.models.change import Change


class Rollback(models.Model):
    """What an emergency change takes back, and what it was prefilled with.

    See Note [Rollbacks of a cause] in `changes.policies.rollbacks`.
    """

    change = models.OneToOneField(Change, on_delete=models.PROTECT, related_name="rollback")
    cause = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="rollbacks")
    restores = models.ForeignKey(
        Change,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="What ran there before the cause, as far as is known.",
    )
    revision = models.CharField(max_length=120, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="change_does_not_take_back_itself", condition=~Q(change=F("cause"))
            )
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} takes back CHG-{self.cause_id}"

"""Locks: an environment taken by hand for a while."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from catalog.models import Environment
from changes.models.change import Change

_HELD = Func(
    "locked_at",
    "until",
    RangeBoundary(),
    function="tstzrange",
    output_field=DateTimeRangeField(),
)


class EnvironmentLock(models.Model):
    """Nothing starts in an environment from `locked_at` until it is released, or `until` has come.

    Only `change`, where one is named, and emergencies go through. Never deleted: the ledger and
    answers of the gate name it.
    """

    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="locks", db_index=False
    )
    change = models.ForeignKey(
        Change, null=True, blank=True, on_delete=models.PROTECT, related_name="locks"
    )
    reason = models.CharField(max_length=300)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    locked_at = models.DateTimeField()
    until = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-locked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="lock_ends_after_it_begins", condition=Q(until__gt=F("locked_at"))
            ),
            models.CheckConstraint(name="lock_states_its_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="released_lock_says_when_and_by_whom",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
            models.CheckConstraint(
                name="lock_is_released_while_it_holds",
                condition=Q(released_at__gte=F("locked_at"), released_at__lte=F("until"))
                | Q(released_at__isnull=True),
            ),
            ExclusionConstraint(
                name="environment_is_locked_once_at_a_time",
                expressions=[
                    ("environment", RangeOperators.EQUAL),
                    (_HELD, RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """`LOCK-3`: how people name it."""
        return f"LOCK-{self.pk}"

    @property
    def row_ref(self) -> str:
        """`environment:production LOCK-3`: how the ledger names it."""
        return f"environment:{self.environment.slug} {self.ref}"

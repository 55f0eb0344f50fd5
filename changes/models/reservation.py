"""Reservations: which changes have which services to themselves, and when.

# Note [Reservations]
A change that is scheduled or being implemented has a row here for its service and for each it
also affects; the rows go when it is finished, revised or cancelled. So conflicts are searched among
what is ahead, however many changes lie behind, and PostgreSQL itself refuses two that exclude each
other. `claim` is what a change has to itself: its service's key or, where the environment takes one
change at a time, 0. Only normal changes exclude: a standard change is open for days and runs for
minutes, and an emergency does not wait.
"""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from catalog.models import Environment, Service
from changes.models.change import Change
from changes.models.choices import KindWord

WHOLE_ENVIRONMENT = 0


_PERIOD = Func(
    "starts_at",
    "ends_at",
    RangeBoundary(),
    function="tstzrange",
    output_field=DateTimeRangeField(),
)


class Reservation(models.Model):
    """One service in one environment for one change's planned period; see Note [Reservations]."""

    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="reservations", db_index=False
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    implementer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(max_length=9, choices=KindWord)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_own = models.BooleanField(help_text="The change's own service, not one it also affects.")
    is_running = models.BooleanField(default=False)
    claim = models.BigIntegerField()
    excludes = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reservation_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(
                name="change_reserves_a_service_once", fields=["change", "service"]
            ),
            ExclusionConstraint(
                name="one_change_at_a_time_where_it_excludes",
                expressions=[
                    ("environment", RangeOperators.EQUAL),
                    ("claim", RangeOperators.EQUAL),
                    (_PERIOD, RangeOperators.OVERLAPS),
                ],
                condition=Q(excludes=True),
            ),
        ]
        indexes = [
            models.Index(fields=["service", "starts_at"], name="reservation_by_service"),
            models.Index(
                fields=["environment", "claim", "starts_at"],
                name="reservation_by_claim",
                condition=Q(is_own=True),
            ),
            models.Index(fields=["implementer", "starts_at"], name="reservation_by_implementer"),
            models.Index(
                fields=["environment"],
                name="reservation_running",
                condition=Q(is_running=True, is_own=True),
            ),
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} on {self.service_id}"

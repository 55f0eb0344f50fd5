"""Absences and delegations: who is away, and who votes for whom meanwhile."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

_PERIOD = Func(
    "starts_at",
    "ends_at",
    RangeBoundary(),
    function="tstzrange",
    output_field=DateTimeRangeField(),
)


def _person(**more: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **more
    )


def _ended(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            name=f"{name}_does_not_end_before_it_starts", condition=Q(ends_at__gte=F("starts_at"))
        ),
        models.CheckConstraint(
            name=f"{name}_ended_early_says_when_and_by_whom",
            condition=Q(ended_at__isnull=True, ended_by__isnull=True)
            | Q(ended_at__isnull=False, ended_by__isnull=False),
        ),
    ]


class Absence(models.Model):
    """Somebody is on leave from `starts_at` to `ends_at`: they do not vote, and are not counted on.

    Ended early, `ends_at` is when it did. Never deleted: decisions were taken by it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    made_by = _person()
    made_at = models.DateTimeField()
    ended_by = _person(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = _ended("absence")
        indexes = [models.Index(fields=["person", "ends_at"], name="absence_of_person")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """`ABSENCE-3`: how the ledger names it."""
        return f"ABSENCE-{self.pk}"


class Delegation(models.Model):
    """Between these instants `delegate` votes for `delegator`, with the authority they hold.

    Ended early, `ends_at` is when it did. Never deleted: votes were cast by it.
    """

    delegator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stands_in"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    made_by = _person()
    made_at = models.DateTimeField()
    ended_by = _person(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            *_ended("delegation"),
            models.CheckConstraint(
                name="nobody_delegates_to_themselves", condition=~Q(delegator=F("delegate"))
            ),
            ExclusionConstraint(
                name="person_delegates_to_one_at_a_time",
                expressions=[
                    ("delegator", RangeOperators.EQUAL),
                    (_PERIOD, RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["delegate", "ends_at"], name="delegation_to_delegate")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """`DELEGATION-3`: how the ledger names it."""
        return f"DELEGATION-{self.pk}"

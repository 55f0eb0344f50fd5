"""Overrides of a freeze, and the review each of them owes."""

from datetime import timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Greatest

from catalog.models import Environment, Service
from changes.models.change import Change
from incidents.models import Incident

USER = settings.AUTH_USER_MODEL
LONGEST = timedelta(hours=72)


def _period() -> Func:
    """When an override takes its place: until it expires, or is withdrawn before."""
    ends = Greatest(F("starts_at"), Coalesce(F("withdrawn_at"), F("expires_at")))
    return Func(F("starts_at"), ends, function="TSTZRANGE", output_field=DateTimeRangeField())


def _by() -> Any:
    return models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


def _paired(act: str, stem: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"override_{act}_says_when_and_by_whom",
        condition=Q(**{f"{stem}_at__isnull": True, f"{stem}_by__isnull": True})
        | Q(**{f"{stem}_at__isnull": False, f"{stem}_by__isnull": False}),
    )


class Override(models.Model):
    """A freeze opened for one change, or for a service in an environment; see `changes.overrides`.

    It opens nothing until a second person has confirmed it, and only from `starts_at` to
    `expires_at`. `windows` are the refs of the freezes it opens, `names` what they were called.
    """

    change = models.ForeignKey(
        Change, null=True, blank=True, on_delete=models.PROTECT, related_name="overrides"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="overrides", db_index=False
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    windows = ArrayField(models.CharField(max_length=24))
    names = ArrayField(models.CharField(max_length=200))
    reason = models.TextField()
    incident = models.ForeignKey(
        Incident,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="overrides",
        db_index=False,
    )
    roles = ArrayField(models.CharField(max_length=80), help_text="The groups it was for.")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = _by()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = _by()
    withdrawal = models.TextField(blank=True, help_text="Why it was withdrawn.")
    review_days = models.PositiveSmallIntegerField(help_text="Working days after it has ended.")
    review_due_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = _by()
    review = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="override_is_never_deleted", operation=pgtrigger.Delete)]
        indexes = [
            models.Index(fields=["service", "environment", "expires_at"], name="override_of_place"),
            models.Index(
                fields=["review_due_at"],
                name="override_owes_review",
                condition=Q(review_due_at__isnull=False, reviewed_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="override_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="override_names_a_window", condition=Q(windows__len__gte=1)
            ),
            models.CheckConstraint(
                name="override_ends_within_72_hours",
                condition=Q(expires_at__gt=F("starts_at"))
                & Q(expires_at__lte=F("starts_at") + LONGEST),
            ),
            _paired("confirmation", "confirmed"),
            _paired("withdrawal", "withdrawn"),
            _paired("review", "reviewed"),
            models.CheckConstraint(
                name="override_is_confirmed_by_a_second_person",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="override_is_reviewed_by_a_third_person",
                condition=Q(reviewed_by__isnull=True)
                | (~Q(reviewed_by=F("requested_by")) & ~Q(reviewed_by=F("confirmed_by"))),
            ),
            models.CheckConstraint(
                name="confirmed_override_owes_a_review",
                condition=Q(confirmed_at__isnull=True, review_due_at__isnull=True)
                | Q(confirmed_at__isnull=False, review_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="review_of_override_has_notes",
                condition=Q(reviewed_at__isnull=True, review="")
                | (Q(reviewed_at__isnull=False, confirmed_at__isnull=False) & ~Q(review="")),
            ),
            ExclusionConstraint(
                name="overrides_of_a_change_do_not_overlap",
                expressions=[("change", RangeOperators.EQUAL), (_period(), "&&")],
                condition=Q(change__isnull=False),
            ),
            ExclusionConstraint(
                name="overrides_of_a_place_do_not_overlap",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("environment", RangeOperators.EQUAL),
                    (_period(), "&&"),
                ],
                condition=Q(change__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        return f"/overrides/{self.ref}"

    @property
    def ref(self) -> str:
        """`OVR-3`: what people call it."""
        return f"OVR-{self.pk}"

    @property
    def subject(self) -> str:
        """What its events are recorded to: its change, or itself where it is for no change."""
        return f"CHG-{self.change_id}" if self.change_id else self.ref

    @property
    def row_ref(self) -> str:
        """How the ledger names the row: `CHG-12 override 3`, or `OVR-3`."""
        return f"{self.subject} override {self.pk}" if self.change_id else self.ref

    @property
    def place(self) -> str:
        """`CHG-12`, or `payments-api in production`: what it is for."""
        return self.subject if self.change_id else f"{self.service} in {self.environment}"

"""Meetings of the CAB: when they recur, each of them, its agenda and its minutes."""

from datetime import timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.time_zones import validate_time_zone
from changes.models.change import Change
from changes.models.choices import KindWord, RiskWord
from changes.windows import refuse_unknown_rule

USER = settings.AUTH_USER_MODEL
LONGEST = timedelta(hours=12)


def _person(*, null: bool = True) -> Any:
    return models.ForeignKey(
        USER, null=null, blank=null, on_delete=models.PROTECT, related_name="+", db_index=False
    )


def _slugs() -> Any:
    return ArrayField(
        models.CharField(max_length=80),
        default=list,
        blank=True,
        help_text="Slugs; empty means all. Separate by commas.",
    )


class Board(models.Model):
    """A meeting that recurs: who comes, when, and which changes stand on its agenda."""

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField("active", default=True)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, related_name="+", help_text="Whose members come and vote."
    )
    chair = models.ForeignKey(
        USER,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Leads it; any change manager may too.",
    )
    recurrence = models.CharField(
        max_length=200, help_text="An RFC 5545 rule of whole days, such as FREQ=WEEKLY;BYDAY=TU."
    )
    first_date = models.DateField()
    start_time = models.TimeField(help_text="Wall time in its zone.")
    duration = models.DurationField(default=timedelta(hours=1))
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    closes_hours = models.PositiveSmallIntegerField(
        "agenda closes",
        default=24,
        validators=[MaxValueValidator(14 * 24)],
        help_text="So many hours before; after that only the chair adds something, with a reason.",
    )
    minutes_per_item = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    risk_at_least = models.CharField(max_length=6, choices=RiskWord, default=RiskWord.HIGH)
    kinds = ArrayField(
        models.CharField(max_length=9, choices=KindWord),
        default=list,
        blank=True,
        help_text="Empty means all.",
    )
    environments = _slugs()
    teams = _slugs()
    within_days = models.PositiveSmallIntegerField(
        "planned within days",
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text="Changes planned to start by so many days after the meeting.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "recurring meeting"
        triggers = [pgtrigger.Protect(name="board_is_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`BOARD-1`: what the ledger calls it."""
        return f"BOARD-{self.pk}"

    def clean(self) -> None:
        wrong = {}
        if self.recurrence and self.first_date:
            try:
                refuse_unknown_rule(self.recurrence, self.first_date)
            except ValueError as problem:
                wrong["recurrence"] = str(problem)
        if self.duration is not None and not timedelta() < self.duration <= LONGEST:
            wrong["duration"] = "A meeting lasts some time, and 12 hours at most."
        if wrong:
            raise ValidationError(wrong)


class Meeting(models.Model):
    """One meeting of a board; its agenda is `items`. Written by `changes.meetings` alone."""

    class State(models.TextChoices):
        FILLING = "filling", "Agenda open"
        CLOSED = "agenda_closed", "Agenda closed"
        RUNNING = "running", "In session"
        ENDED = "ended", "Over"
        MISSED = "missed", "Never held"

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="meetings")
    state = models.CharField(max_length=13, choices=State, default=State.FILLING)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    started_by = _person()
    ended_at = models.DateTimeField(null=True)
    ended_by = _person()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                name="board_meets_once_at_a_time", fields=["board", "starts_at"]
            ),
            models.CheckConstraint(
                name="meeting_ends_after_it_starts", condition=Q(ends_at__gt=models.F("starts_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["closes_at"],
                name="meeting_that_is_ahead",
                condition=Q(state__in=["filling", "agenda_closed"]),
            )
        ]
        triggers = [
            pgtrigger.FSM(
                name="meeting_state_goes_on",
                field="state",
                transitions=[
                    ("filling", "agenda_closed"),
                    ("filling", "missed"),
                    ("agenda_closed", "running"),
                    ("agenda_closed", "missed"),
                    ("running", "ended"),
                ],
            ),
            pgtrigger.Protect(name="meeting_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        return f"/meetings/{self.ref}"

    @property
    def ref(self) -> str:
        """`MTG-7`: what people call it."""
        return f"MTG-{self.pk}"


class AgendaItem(models.Model):
    """A change on the agenda of a meeting, and what came of it there."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        DEFERRED = "deferred", "Deferred"
        WITHDRAWN = "withdrawn", "Asks for nothing any more"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()
    round = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    added_by = _person()
    reason = models.TextField(blank=True)
    deferred_from = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    decided_by = _person()

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(
                name="change_stands_once_on_an_agenda", fields=["meeting", "change"]
            ),
            models.CheckConstraint(
                name="decided_item_says_when",
                condition=Q(outcome="", ended_at__isnull=True)
                | (~Q(outcome="") & Q(ended_at__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_item_stays_as_it_was",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__outcome=""),
            ),
            pgtrigger.Protect(name="agenda_item_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How the ledger names it: `MTG-7 item 12`."""
        return f"MTG-{self.meeting_id} item {self.pk}"


class Minute(models.Model):
    """A line of minutes. It is never changed: what was wrong is corrected by another line."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="minutes")
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = _person(null=False)
    is_correction = models.BooleanField(default=False)

    class Meta:
        ordering = ["item", "id"]
        constraints = [models.CheckConstraint(name="minute_says_something", condition=~Q(text=""))]
        triggers = [
            pgtrigger.Protect(
                name="minutes_are_only_added_to",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def ref(self) -> str:
        """How the ledger names it: `MTG-7 minute 3`."""
        return f"MTG-{self.item.meeting_id} minute {self.pk}"

"""Tasks: what there is to do for a change, by whom and when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from changes.models.change import Change
from changes.models.choices import TaskKindWord, TaskStateWord
from changes.models.guards import task_triggers

USER = settings.AUTH_USER_MODEL


class Task(models.Model):
    """One task of a change, known by its number in it; `changes.lifecycle` alone writes it."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="tasks")
    number = models.PositiveSmallIntegerField(editable=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller ones come first.")
    kind = models.CharField(max_length=9, choices=TaskKindWord)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    assignee = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    planned_start_at = models.DateTimeField(null=True, blank=True)
    planned_end_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=11, choices=TaskStateWord, default=TaskStateWord.OPEN, editable=False
    )
    before_hold = models.CharField(max_length=11, choices=TaskStateWord, blank=True, editable=False)
    reason = models.TextField(blank=True, editable=False, help_text="Why it was waived.")
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        USER, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["change", "position", "number"]
        triggers = task_triggers()
        constraints = [
            models.UniqueConstraint(
                name="task_has_a_number_of_its_own", fields=["change", "number"]
            ),
            models.CheckConstraint(
                name="task_state_is_known", condition=Q(state__in=list(TaskStateWord.values))
            ),
            models.CheckConstraint(
                name="task_kind_is_known", condition=Q(kind__in=list(TaskKindWord.values))
            ),
            models.CheckConstraint(
                name="waived_task_says_why", condition=~Q(state="waived") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="held_task_knows_what_it_was",
                condition=Q(state="on_hold", before_hold__in=["open", "in_progress"])
                | (~Q(state="on_hold") & Q(before_hold="")),
            ),
            models.CheckConstraint(
                name="task_is_planned_to_end_after_it_starts",
                condition=Q(planned_start_at__isnull=True, planned_end_at__isnull=True)
                | Q(planned_end_at__gt=F("planned_start_at")),
            ),
            models.CheckConstraint(
                name="ended_task_says_when_and_by_whom",
                condition=Q(
                    state__in=["done", "waived", "cancelled"],
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                )
                | Q(
                    state__in=["open", "in_progress", "on_hold"],
                    ended_at__isnull=True,
                    ended_by__isnull=True,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee"],
                name="task_to_do",
                condition=Q(state__in=["open", "in_progress"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def ref(self) -> str:
        """`CHG-12 task 3`: how the ledger names it."""
        return f"CHG-{self.change_id} task {self.number}"

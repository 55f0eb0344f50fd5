"""What has to be done in an incident: its tasks, and the checklists of its first minutes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident

USER = settings.AUTH_USER_MODEL


class IncidentTask(models.Model):
    """Something somebody does; written only by `incidents.lifecycle`."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    assignee = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="incident_tasks", null=True, blank=True
    )
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="incident_task_number"),
            models.CheckConstraint(condition=~Q(title=""), name="incident_task_has_a_title"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None, ended_by=None)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="ended_incident_task_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 task 12`."""
        return f"INC-{self.incident_id} task {self.pk}"


class ChecklistItem(models.Model):
    """A step of the first minutes, for incidents of some severities: a row change managers keep."""

    class Within(models.IntegerChoices):
        FIVE = 5, "First 5 minutes"
        FIFTEEN = 15, "First 15 minutes"
        THIRTY = 30, "First 30 minutes"

    within_minutes = models.PositiveSmallIntegerField(choices=Within)
    position = models.PositiveSmallIntegerField(default=1)
    text = models.CharField(max_length=300)
    severities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["within_minutes", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="checklist_item_says_what_to_do"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def ref(self) -> str:
        """How the ledger names it: `checklist-item:3`."""
        return f"checklist-item:{self.pk}"


class ChecklistTick(models.Model):
    """That a step was taken, by whom and when, in the words it had then."""

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="ticks", db_index=False
    )
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="ticks")
    text = models.CharField(max_length=300)
    ticked_at = models.DateTimeField()
    ticked_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    unticked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "item"],
                condition=Q(unticked_at=None),
                name="step_is_ticked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"INC-{self.incident_id}: {self.text}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 tick 3`."""
        return f"INC-{self.incident_id} tick {self.pk}"

"""Which tasks a change begins with."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from changes.models.choices import Category, KindWord, TaskKindWord
from changes.models.template import Template


class TaskRule(models.Model):
    """A task that every matching change is filed with; an empty list matches all.

    Its period is counted from the change's planned start.
    """

    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="task_rules",
        help_text="Only changes made from this template.",
    )
    categories = ArrayField(
        models.CharField(max_length=16, choices=Category), default=list, blank=True
    )
    kinds = ArrayField(models.CharField(max_length=9, choices=KindWord), default=list, blank=True)
    is_active = models.BooleanField("active", default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller ones come first.")
    kind = models.CharField("kind of task", max_length=9, choices=TaskKindWord)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    starts_after = models.DurationField(
        null=True, blank=True, help_text="How long after the change's planned start."
    )
    lasts = models.DurationField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="task_rule_kind_is_known", condition=Q(kind__in=list(TaskKindWord.values))
            ),
            models.CheckConstraint(name="task_rule_says_what_is_to_do", condition=~Q(title="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> str:
        """`TASK-RULE-3`: how the ledger names it."""
        return f"TASK-RULE-{self.pk}"

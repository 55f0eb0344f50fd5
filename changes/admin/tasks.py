"""Tasks of changes, read; and the rules by which changes begin with some."""

from typing import Any

from django.contrib import admin
from django.utils import timezone

from changes.admin.records import OfChangeAdmin
from changes.admin.scopes import Length, several
from changes.models import Task, TaskRule
from changes.models.choices import Category, KindWord
from changes.rulebook import tasks
from ledger.admin.kept import KeptAdmin, KeptForm


@admin.register(Task)
class TaskAdmin(OfChangeAdmin):
    """Written on the change's page."""

    list_display = ("change", "number", "kind", "title", "assignee", "state", "planned_end_at")
    list_filter = ("state", "kind")
    list_select_related = ("change", "assignee")


class TaskRuleForm(KeptForm):
    """Which changes begin with it, and what it says."""

    categories = several(Category.choices)
    kinds = several(KindWord.choices)
    starts_after = Length(
        required=False, help_text="Counted from the change's planned start: 1:30:00."
    )
    lasts = Length(required=False, help_text="Such as 0:45:00. Empty means no time of its own.")

    class Meta:
        model = TaskRule
        fields = tasks.EDITABLE

    def ask(self) -> None:
        tasks.check(self.instance, actor=self.actor)

    def write(self) -> None:
        tasks.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(TaskRule)
class TaskRuleAdmin(KeptAdmin):
    form = TaskRuleForm
    list_display = ("title", "kind", "is_active", "of_template", "of_categories")
    list_filter = ("is_active", "kind")
    list_select_related = ("template",)
    search_fields = ("title",)
    fieldsets = (
        (None, {"fields": ("title", "description", "kind", "position", "is_active")}),
        (
            "Which changes begin with it",
            {
                "description": "Changes that were filed keep the tasks they have.",
                "fields": ("template", "categories", "kinds"),
            },
        ),
        ("When", {"fields": ("starts_after", "lasts")}),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    @admin.display(description="template")
    def of_template(self, rule: TaskRule) -> str:
        return rule.template.slug if rule.template else "any or none"

    @admin.display(description="categories")
    def of_categories(self, rule: TaskRule) -> str:
        return ", ".join([*rule.categories, *rule.kinds]) or "all"

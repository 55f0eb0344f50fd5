"""Approval rules in the admin."""

from typing import Any

from django.contrib import admin
from django.utils import timezone

from changes import rulebook
from changes.admin.kept import KeptAdmin, KeptForm
from changes.admin.scopes import ScopedForm
from changes.models import ApprovalRule
from changes.queries.rows import rule_ref


class ApprovalRuleForm(ScopedForm, KeptForm):
    """Which changes need whom."""

    class Meta:
        model = ApprovalRule
        fields = rulebook.EDITABLE

    def ask(self) -> None:
        rulebook.check(self.instance, actor=self.actor)

    def write(self) -> None:
        rulebook.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(KeptAdmin):
    form = ApprovalRuleForm
    list_display = (
        "name",
        "is_active",
        "authority",
        "count",
        "of_kinds",
        "risk_at_least",
        "of_place",
    )
    list_filter = ("is_active", "authority")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        ("Who must agree", {"fields": ("authority", "count")}),
        (
            "To which changes",
            {
                "description": "Every rule that matches applies. Changes that were submitted keep "
                "the requirements they were given then.",
                "fields": (
                    "risk_at_least",
                    "kinds",
                    "environments",
                    "teams",
                    "tiers",
                    "categories",
                ),
            },
        ),
    )

    def ref_of(self, row: Any) -> str:
        return rule_ref(row)

    @admin.display(description="kinds")
    def of_kinds(self, rule: ApprovalRule) -> str:
        return ", ".join(rule.kinds) or "all"

    @admin.display(description="only")
    def of_place(self, rule: ApprovalRule) -> str:
        """What else narrows it."""
        tiers = [f"tier {tier}" for tier in rule.tiers]
        return ", ".join([*rule.environments, *rule.teams, *tiers, *rule.categories])

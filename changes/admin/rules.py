"""Approval rules in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils import timezone

from changes import rulebook
from changes.admin.scopes import ScopedForm
from changes.models import ApprovalRule
from changes.queries.agreement import rule_of
from changes.queries.rows import rule_ref
from changes.shown.words import whom
from ledger.admin.kept import KeptAdmin, KeptForm


class Names(forms.CharField):
    """Usernames, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or ())

    def to_python(self, value: Any) -> Any:
        return str(value or "").replace(",", " ").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or ()) != self.to_python(data))


class ApprovalRuleForm(ScopedForm, KeptForm):
    """Which changes need whom."""

    people = Names(required=False, help_text="Of a list: usernames, one a line.")
    group = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(Group.objects.order_by("name").values_list("name", flat=True))
        known = dict.fromkeys([*names, *filter(None, [self.instance.group])])
        choices: Any = [("", "No group"), *((name, name) for name in known)]
        self.fields["group"] = forms.ChoiceField(
            choices=choices, required=False, help_text="Of a named group: which."
        )

    class Meta:
        model = ApprovalRule
        fields = rulebook.EDITABLE

    def _get_validation_exclusions(self) -> set[str]:
        """Whether they fit the authority is the writer's to say, in sentences."""
        return {*super()._get_validation_exclusions(), "group", "people"}  # type: ignore[misc]

    def ask(self) -> None:
        rulebook.check(self.instance, actor=self.actor, now=timezone.now())

    def write(self) -> None:
        rulebook.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(KeptAdmin):
    form = ApprovalRuleForm
    list_display = (
        "name",
        "is_active",
        "whom",
        "how_many",
        "stage",
        "of_kinds",
        "risk_at_least",
        "of_place",
    )
    list_filter = ("is_active", "authority")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        (
            "Who must agree",
            {"fields": ("authority", "group", "people", "count", "percent", "stage")},
        ),
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

    @admin.display(description="who", ordering="authority")
    def whom(self, rule: ApprovalRule) -> str:
        return whom(rule_of(rule).need())

    @admin.display(description="how many")
    def how_many(self, rule: ApprovalRule) -> str:
        return f"{rule.percent} %" if rule.percent else str(rule.count)

    @admin.display(description="kinds")
    def of_kinds(self, rule: ApprovalRule) -> str:
        return ", ".join(rule.kinds) or "all"

    @admin.display(description="only")
    def of_place(self, rule: ApprovalRule) -> str:
        """What else narrows it."""
        tiers = [f"tier {tier}" for tier in rule.tiers]
        return ", ".join([*rule.environments, *rule.teams, *tiers, *rule.categories])

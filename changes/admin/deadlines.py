"""Deadlines of votes in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils import timezone

from changes.models import ApprovalDeadline
from changes.rulebook import deadlines
from ledger.admin.kept import KeptAdmin, KeptForm


class ApprovalDeadlineForm(KeptForm):
    """When those who owe a vote are reminded, and who is asked then."""

    class Meta:
        model = ApprovalDeadline
        fields = deadlines.EDITABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(Group.objects.order_by("name").values_list("name", flat=True))
        known = dict.fromkeys([*names, *filter(None, [self.instance.next_group])])
        choices: Any = [("", "No group"), *((name, name) for name in known)]
        self.fields["next_group"] = forms.ChoiceField(choices=choices, required=False)

    def _get_validation_exclusions(self) -> set[str]:
        """Whether they fit each other is the writer's to say, in sentences."""
        names = set(deadlines.EDITABLE) - {"is_active"}
        return {*super()._get_validation_exclusions(), *names}  # type: ignore[misc]

    def ask(self) -> None:
        deadlines.check(self.instance, actor=self.actor)

    def write(self) -> None:
        deadlines.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(ApprovalDeadline)
class ApprovalDeadlineAdmin(KeptAdmin):
    form = ApprovalDeadlineForm
    list_display = (
        "__str__",
        "is_active",
        "remind_after",
        "escalate_after",
        "next_authority",
        "next_group",
    )
    list_select_related = ("rule",)
    fieldsets = (
        ("Whose votes", {"fields": ("authority", "rule", "is_active")}),
        (
            "What happens when they are late",
            {
                "description": "Counted from when they are asked, as hours:minutes:seconds. What "
                "is due about votes that were asked for already stays as it was.",
                "fields": ("remind_after", "escalate_after", "next_authority", "next_group"),
            },
        ),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

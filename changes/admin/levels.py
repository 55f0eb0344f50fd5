"""Levels of risk in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from changes.models import RiskThreshold
from changes.rulebook import levels
from ledger.admin.kept import KeptAdmin, KeptForm


class RiskThresholdForm(KeptForm):
    """From which score a level begins."""

    class Meta:
        model = RiskThreshold
        fields = levels.EDITABLE

    def ask(self) -> None:
        levels.check(self.instance, actor=self.actor)

    def write(self) -> None:
        levels.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(RiskThreshold)
class RiskThresholdAdmin(KeptAdmin):
    form = RiskThresholdForm
    list_display = ("level", "from_score")
    fieldsets = (
        (
            None,
            {
                "description": "Below medium is low. Changes keep the level they were given until "
                "they are edited or submitted.",
                "fields": ("level", "from_score"),
            },
        ),
    )
    readonly_fields = ("level",)

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the levels are what they are."""
        return False

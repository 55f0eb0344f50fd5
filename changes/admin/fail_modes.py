"""What clients do where the gate cannot be reached, in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from changes.models import FailMode
from changes.rulebook import fail_modes
from ledger.admin.kept import KeptAdmin, KeptForm


class FailModeForm(KeptForm):
    """Deny or allow, why, until when, and how long a client goes by it."""

    class Meta:
        model = FailMode
        fields = ("environment", *fail_modes.EDITABLE)

    def _get_validation_exclusions(self) -> set[str]:
        """Whether they fit each other is the writer's to say, in sentences."""
        return {*super()._get_validation_exclusions(), "environment", *fail_modes.EDITABLE}  # type: ignore[misc]

    def ask(self) -> None:
        fail_modes.check(self.instance, actor=self.actor, now=timezone.now())

    def write(self) -> None:
        fail_modes.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(FailMode)
class FailModeAdmin(KeptAdmin):
    form = FailModeForm
    list_display = ("environment", "mode", "reason", "allow_until", "lasts")
    list_select_related = ("environment",)
    fieldsets = (
        ("Where", {"fields": ("environment",)}),
        (
            "When the gate cannot be reached",
            {
                "description": "An environment without a row denies. Allow is never said while a "
                "freeze holds nor where an environment is closed by default, and in production "
                "only for services of tier 3 and 4. Clients keep what they were told until it "
                "expires: what is edited here reaches them by then.",
                "fields": fail_modes.EDITABLE,
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: FailMode | None = None) -> Any:
        """The environment of a row stays."""
        return ("environment",) if obj else ()

    def ref_of(self, row: Any) -> str:
        return f"environment:{row.environment.slug}"

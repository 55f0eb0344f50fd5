"""Locks of environments, and who waits at the gate, in the admin."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from changes import environments
from changes.models import EnvironmentLock, QueuePlace
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm, said_by
from ledger.decision import Refused


class LockForm(KeptForm):
    """Taking an environment; see Note [Who takes an environment]."""

    class Meta:
        model = EnvironmentLock
        fields = ("environment", "reason", "until", "change")
        help_texts: ClassVar[dict[str, str]] = {
            "reason": "Everybody who waits reads it.",
            "until": "A week at most.",
            "change": "The one change that starts there all the same.",
        }

    def ask(self) -> None:
        with transaction.atomic():
            self._lock()
            transaction.set_rollback(True)

    def write(self) -> None:
        self.instance.pk = self._lock().pk

    def _lock(self) -> EnvironmentLock:
        given = self.cleaned_data
        return environments.lock(
            environment=given["environment"].slug,
            reason=given["reason"],
            until=given["until"],
            change=given["change"].ref if given["change"] else "",
            actor=self.actor,
            now=timezone.now(),
        )


@admin.register(EnvironmentLock)
class EnvironmentLockAdmin(KeptAdmin):
    """A lock is taken and released, never edited."""

    form = LockForm
    list_display = (
        "environment",
        "reason",
        "locked_by",
        "locked_at",
        "until",
        "change",
        "released_at",
        "released_by",
    )
    list_filter = ("environment",)
    list_select_related = ("environment", "locked_by", "released_by", "change")
    raw_id_fields = ("change",)
    actions = ("release",)

    def ref_of(self, row: Any) -> str:
        return f"environment:{row.environment.slug}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(self.list_display) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(self.list_display) if obj else LockForm.Meta.fields

    @admin.action(description="Release the selected locks", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[EnvironmentLock]) -> None:
        """Give back the environments whose selected lock still holds."""
        now, released = timezone.now(), 0
        for lock in queryset.select_related("environment"):
            try:
                if lock.released_at is None and lock.until > now:
                    environments.release(
                        environment=lock.environment.slug, actor=actor_of(request), now=now
                    )
                    released += 1
            except Refused as refused:
                self.message_user(request, f"{lock}: {said_by(refused)}", messages.WARNING)
        self.message_user(request, f"Released {released}.")


@admin.register(QueuePlace)
class QueuePlaceAdmin(ReadOnlyAdmin):
    list_display = (
        "environment",
        "change",
        "run_id",
        "asked_by",
        "joined_at",
        "released_at",
        "left_at",
        "left_because",
    )
    list_filter = ("environment", "left_because")
    list_select_related = ("environment", "change", "asked_by")
    ordering = ("-id",)
    show_full_result_count = False

"""Absences and delegations in the admin: change managers write those of others, nobody edits."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from changes import leave
from changes.models import Absence, Delegation
from ledger.admin.kept import KeptAdmin, KeptForm, said_by
from ledger.decision import Refused


class _LeaveForm(KeptForm):
    def ask(self) -> None:
        with transaction.atomic():
            self._make()
            transaction.set_rollback(True)

    def write(self) -> None:
        self.instance.pk = self._make().pk

    def _make(self) -> Any:
        raise NotImplementedError


class AbsenceForm(_LeaveForm):
    """Somebody is on leave."""

    class Meta:
        model = Absence
        fields = ("person", "starts_at", "ends_at", "note")

    def _make(self) -> Absence:
        given = self.cleaned_data
        told = {**given, "person": given["person"].username}
        return leave.go(**told, actor=self.actor, now=timezone.now())


class DelegationForm(_LeaveForm):
    """Somebody votes for somebody else."""

    class Meta:
        model = Delegation
        fields = ("delegator", "delegate", "starts_at", "ends_at", "note")

    def _get_validation_exclusions(self) -> set[str]:
        """Whether they fit each other is the writer's to say, in sentences."""
        names = {"delegator", "delegate", "starts_at", "ends_at"}
        return {*super()._get_validation_exclusions(), *names}  # type: ignore[misc]

    def _make(self) -> Delegation:
        given = self.cleaned_data
        people = {name: given[name].username for name in ("delegator", "delegate")}
        return leave.delegate(**{**given, **people}, actor=self.actor, now=timezone.now())


class _LeaveAdmin(KeptAdmin):
    actions = ("end",)
    asked: ClassVar[tuple[str, ...]]

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.list_display if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.list_display if obj else self.asked

    @admin.action(description="End the selected now", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End those that are not over; what is refused is said."""
        now, ended = timezone.now(), 0
        for row in queryset:
            try:
                leave.end(ref=row.ref, actor=actor_of(request), now=now)
                ended += 1
            except Refused as refused:
                self.message_user(request, f"{row}: {said_by(refused)}", messages.WARNING)
        self.message_user(request, f"Ended {ended}.")


@admin.register(Absence)
class AbsenceAdmin(_LeaveAdmin):
    form = AbsenceForm
    asked = AbsenceForm.Meta.fields
    list_display = ("person", "starts_at", "ends_at", "note", "made_by", "ended_by", "ended_at")
    list_select_related = ("person", "made_by", "ended_by")
    autocomplete_fields = ("person",)
    search_fields = ("person__username",)


@admin.register(Delegation)
class DelegationAdmin(_LeaveAdmin):
    form = DelegationForm
    asked = DelegationForm.Meta.fields
    list_display = (
        "delegator",
        "delegate",
        "starts_at",
        "ends_at",
        "note",
        "made_by",
        "ended_by",
        "ended_at",
    )
    list_select_related = ("delegator", "delegate", "made_by", "ended_by")
    autocomplete_fields = ("delegator", "delegate")
    search_fields = ("delegator__username", "delegate__username")

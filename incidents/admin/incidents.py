"""Incidents in the admin: read, declare, close; the state itself is never edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from catalog.models import User
from incidents import lifecycle, queries
from incidents.models import Incident
from incidents.states import State


class DeclareForm(forms.ModelForm):
    """What declaring an incident takes."""

    class Meta:
        model = Incident
        fields = ("title", "description", "service", "environment", "severity")


class RunForm(forms.ModelForm):
    """What may be done to an open incident: put somebody in command, close it with a note."""

    commander = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_robot=False), required=False
    )
    closing_note = forms.CharField(
        required=False,
        strip=True,
        widget=forms.Textarea,
        help_text="Write how it ended and save, to close the incident.",
    )

    class Meta:
        model = Incident
        fields = ("commander", "closing_note")

    def _post_clean(self) -> None:
        """Leave the row alone: `lifecycle` reads, decides and writes it."""


@admin.register(Incident)
class IncidentAdmin(admin.ModelAdmin):
    list_display = ("ref", "title", "service", "severity", "state", "commander", "declared_at")
    list_filter = ("state", "severity", "environment")
    search_fields = ("title", "service__slug")
    show_full_result_count = False
    told = (
        "ref",
        "title",
        "description",
        "service",
        "environment",
        "severity",
        "state",
        "onset_at",
        "declared_at",
        "declared_by",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "closed_at",
        "closed_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return queries.shown()

    def get_form(
        self, request: HttpRequest, obj: Incident | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = RunForm if obj else DeclareForm
        return super().get_form(request, obj, change, **(kwargs | {"form": form}))

    def get_fields(self, request: HttpRequest, obj: Incident | None = None) -> tuple[str, ...]:
        return (*self.told, *RunForm.Meta.fields) if obj else DeclareForm.Meta.fields

    def get_readonly_fields(
        self, request: HttpRequest, obj: Incident | None = None
    ) -> tuple[str, ...]:
        return self.told if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Incident, form: forms.ModelForm, change: bool
    ) -> None:
        """Declare, or put in command and close, through the lifecycle."""
        now, given = timezone.now(), form.cleaned_data
        if not change:
            obj.pk = lifecycle.declare(**given, actor=actor_of(request), now=now).pk
            return
        commander, note = given.get("commander"), given.get("closing_note", "")
        if commander is not None and commander != queries.by_ref(obj.ref).commander:
            lifecycle.assign_commander(
                ref=obj.ref, commander=commander, actor=actor_of(request), now=now
            )
        if note:
            lifecycle.close(ref=obj.ref, note=note, actor=actor_of(request), now=now)

    def has_change_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """A closed incident is only read."""
        return super().has_change_permission(request, obj) and (
            obj is None or obj.state != State.CLOSED
        )

    def has_delete_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """Never: what happened, happened."""
        return False

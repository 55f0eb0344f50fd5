"""Boards and their meetings in the admin."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import DateField, TimeField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from catalog.models import User
from changes import meetings
from changes.admin.scopes import Length
from changes.admin.unsaved import context_of, demand_may_save
from changes.meetings import boards
from changes.models import Board, Meeting
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm


class BoardForm(KeptForm):
    """Who meets, when, and about which changes."""

    duration = Length(help_text="Wall time, such as 1:00:00.")

    class Meta:
        model = Board
        fields = boards.EDITABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "chair" in self.fields:
            people = User.objects.filter(is_active=True, is_robot=False).order_by("username")
            self.fields["chair"].queryset = people  # type: ignore[attr-defined]

    def ask(self) -> None:
        meetings.check(self.instance, actor=self.actor)

    def write(self) -> None:
        meetings.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(Board)
class BoardAdmin(KeptAdmin):
    form = BoardForm
    formfield_overrides = {
        DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
    }
    change_form_template = "admin/changes/board/change_form.html"
    list_display = ("name", "is_active", "group", "chair", "recurrence", "start_time")
    list_filter = ("is_active",)
    list_select_related = ("group", "chair")
    fieldsets = (
        (None, {"fields": ("name", "is_active", "group", "chair")}),
        (
            "When",
            {
                "fields": (
                    "recurrence",
                    "first_date",
                    "start_time",
                    "duration",
                    "time_zone",
                    "closes_hours",
                    "minutes_per_item",
                )
            },
        ),
        (
            "About which changes",
            {
                "description": "Those that wait for approval and fit all of it.",
                "fields": ("risk_at_least", "kinds", "environments", "teams", "within_days"),
            },
        ),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and "_preview" in request.POST:
            return self._preview(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the next ten times it meets as it is saved, unless a preview shows others."""
        row = context.get("original")
        if "times" not in context:
            now = timezone.now()
            context["times"] = boards.next_times(row, now=now) if row is not None else []
        return super().render_change_form(request, context, *args, **kwargs)

    def _preview(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """The form as it was filled in, with the next times it would meet; nothing is saved."""
        row = self.get_object(request, object_id) if object_id else None
        demand_may_save(self, request, row)
        shape = self.get_form(request, row, change=row is not None)
        form = shape(request.POST, instance=row)
        valid = form.is_valid()
        board = cast(Board, form.instance)
        times = boards.next_times(board, now=timezone.now()) if valid else []
        context = {
            **context_of(self, request, form, row),
            "times": times,
            "previewed": valid,
        }
        return self.render_change_form(
            request, context, add=row is None, change=row is not None, obj=row
        )


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    """Held from its page, which is linked."""

    list_display = ("page", "board", "state", "starts_at", "closes_at", "started_by", "ended_at")
    list_filter = ("state", "board")
    list_select_related = ("board", "started_by")

    @admin.display(description="Meeting", ordering="pk")
    def page(self, row: Meeting) -> str:
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), row.ref)

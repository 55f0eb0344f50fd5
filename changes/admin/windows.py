"""Freezes and maintenance windows in the admin, with the next times they hold."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import DateField, DateTimeField, Field, QuerySet, TimeField
from django.forms.widgets import DateTimeBaseInput
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.actors import actor_of
from changes import calendar
from changes.admin.kept import KeptAdmin, KeptForm
from changes.admin.scopes import ExceptingForm, Length, several
from changes.models import Window
from changes.queries.previews import shown
from changes.windows import scope


class WindowForm(ExceptingForm, KeptForm):
    """When changes are refused or let through, and which."""

    services = several(())
    duration = Length(required=False, help_text="Wall time, such as 62:00:00 or 1:30:00.")

    class Meta:
        model = Window
        fields = calendar.EDITABLE

    def clean(self) -> dict[str, Any]:
        """A recurrence counts from today unless a first date is given."""
        given = super().clean() or self.cleaned_data
        if given.get("recurrence") and not given.get("first_date"):
            given["first_date"] = timezone.localdate()
        return given

    def ask(self) -> None:
        calendar.check(self.instance, actor=self.actor, now=timezone.now())

    def write(self) -> None:
        calendar.save(self.instance, actor=self.actor, now=timezone.now())


def _picked(kind: str, shape: str, widget: type[DateTimeBaseInput]) -> forms.Widget:
    """The browser's own control: one labelled field, in the reader's wall time."""
    return widget(attrs={"type": kind}, format=shape)


@admin.register(Window)
class WindowAdmin(KeptAdmin):
    form = WindowForm
    formfield_overrides: ClassVar[dict[type[Field], dict[str, Any]]] = {
        DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": _picked("datetime-local", "%Y-%m-%dT%H:%M", forms.DateTimeInput),
            "help_text": "In your own time zone.",
        },
        DateField: {"widget": _picked("date", "%Y-%m-%d", forms.DateInput)},
        TimeField: {"widget": _picked("time", "%H:%M", forms.TimeInput)},
    }
    change_form_template = "admin/changes/window/change_form.html"
    list_display = ("name", "effect_word", "level", "is_active", "when", "of_place")
    list_filter = ("effect", "level", "is_active")
    search_fields = ("name", "reason")
    actions = ("deactivate",)
    fieldsets = (
        (None, {"fields": ("name", "effect", "level", "reason", "in_flight", "is_active")}),
        ("Once", {"fields": (("starts_at", "ends_at"),)}),
        (
            "Or again and again",
            {
                "description": "A start time and a length of wall time, on the dates of a rule.",
                "fields": ("recurrence", "first_date", "start_time", "duration", "time_zone"),
            },
        ),
        (
            "For which changes",
            {
                "fields": (
                    "environments",
                    "services",
                    "teams",
                    "tiers",
                    "kinds",
                    "categories",
                )
            },
        ),
        (
            "Except",
            {
                "description": "What any of these names is left out, whatever is chosen above.",
                "fields": (
                    "except_environments",
                    "except_services",
                    "except_teams",
                    "except_tiers",
                    "except_kinds",
                    "except_categories",
                    "except_standard_up_to_risk",
                ),
            },
        ),
    )

    def ref_of(self, row: Any) -> str:
        return row.ref

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
        """With the next times of the window as it is saved, unless a preview shows others."""
        row = context.get("original")
        if "times" not in context:
            context.update(_told(row) if row else {})
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:
        """Saved with a message for each thing to beware of."""
        super().save_model(request, obj, form, change)
        for caution in shown(obj, now=timezone.now()).cautions:
            messages.warning(request, caution.message)

    def _preview(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """The form as it was filled in, with the next times it would hold; nothing is saved."""
        row = self.get_object(request, object_id) if object_id else None
        may = self.has_change_permission(request, row) if row else self.has_add_permission(request)
        if not may:
            raise PermissionDenied
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        valid = form.is_valid()
        admin_form = helpers.AdminForm(
            form,
            list[Any](self.get_fieldsets(request, row)),
            {},
            self.get_readonly_fields(request, row),
            model_admin=self,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Nothing is saved yet",
            "subtitle": None,
            "adminform": admin_form,
            "object_id": object_id,
            "original": row,
            "is_popup": False,
            "to_field": None,
            "media": self.media + admin_form.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            "previewed": valid,
            **(_told(form.instance) if valid else {"times": []}),
        }
        return self.render_change_form(
            request, context, add=row is None, change=row is not None, obj=row
        )

    @admin.action(description="Deactivate the selected windows", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        now = timezone.now()
        for row in queryset.filter(is_active=True):
            calendar.deactivate(ref=row.ref, actor=actor_of(request), now=now)
            self.message_user(request, f"“{row.name}” holds no more.")

    @admin.display(description="effect", ordering="effect")
    def effect_word(self, row: Window) -> str:
        return row.effect.capitalize()

    @admin.display(description="when")
    def when(self, row: Window) -> str:
        """Its rule, or its one period in the reader's zone."""
        if row.recurrence:
            zone = row.time_zone or "the team’s zone"
            return f"{row.recurrence} at {row.start_time:%H:%M}, {zone}"
        if row.starts_at is None or row.ends_at is None:
            return ""
        first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        return f"{first:%d %b %Y %H:%M} – {last:%d %b %Y %H:%M %Z}"

    @admin.display(description="only")
    def of_place(self, row: Window) -> str:
        """What narrows it."""
        return scope.words(row)


def _told(row: Window) -> dict[str, Any]:
    """What the page tells of a window: `times` and `cautions`."""
    found = shown(row, now=timezone.now())
    return {"times": found.times, "cautions": found.cautions}

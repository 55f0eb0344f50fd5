"""Freezes and maintenance windows in the admin, with the next times they hold."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import DateField, DateTimeField, Field, QuerySet, TimeField
from django.forms.widgets import DateTimeBaseInput
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.actors import actor_of
from changes import backtests, calendar, calendars
from changes.admin import standing
from changes.admin.scopes import ExceptingForm, Length, several
from changes.admin.trying import tried
from changes.admin.unsaved import context_of, demand_may_save
from changes.models import Window
from changes.queries.previews import shown
from changes.windows import scope
from changes.windows.ics import MOST_BYTES, too_big
from ledger.admin.kept import KeptAdmin, KeptForm


class WindowForm(ExceptingForm, KeptForm):
    """When changes are refused or let through, and which."""

    services = several(())
    duration = Length(required=False, help_text="Wall time, such as 62:00:00 or 1:30:00.")
    ics = forms.FileField(
        required=False,
        label="Calendar file",
        help_text="An .ics file of at most 2 MB; choose it again after a preview.",
    )
    reading: calendars.Reading | None = None

    class Meta:
        model = Window
        fields = calendar.EDITABLE

    def clean(self) -> dict[str, Any]:
        """A recurrence counts from today unless a first date is given; a file says it is one."""
        given = super().clean() or self.cleaned_data
        if given.get("recurrence") and not given.get("first_date"):
            given["first_date"] = timezone.localdate()
        if given.get("ics"):
            self.instance.source = Window.Source.ICS_FILE
        return given

    def clean_ics(self) -> bytes:
        """The file's bytes, none of them read where they are too many."""
        given = self.cleaned_data["ics"]
        if given and given.size > MOST_BYTES:
            raise forms.ValidationError(too_big())
        return given.read() if given else b""

    def ask(self) -> None:
        self.reading = calendar.check(
            self.instance, actor=self.actor, now=timezone.now(), file=self.cleaned_data["ics"]
        )

    def write(self) -> None:
        calendar.save(
            self.instance,
            actor=self.actor,
            now=timezone.now(),
            file=self.cleaned_data["ics"],
            reading=self.reading,
        )


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
    list_display = ("name", "effect_word", "level", "is_active", "when", "of_place", "copy")
    list_filter = ("effect", "level", "is_active", "source")
    search_fields = ("name", "reason")
    actions = ("deactivate", "read_now")
    fieldsets = (
        (None, {"fields": ("name", "effect", "level", "reason", "in_flight", "is_active")}),
        (
            "Override",
            {
                "description": "Who may open this freeze for one change, two of them together.",
                "fields": (("override_by", "override_review_days"),),
            },
        ),
        ("Once", {"fields": (("starts_at", "ends_at"),)}),
        (
            "Or again and again",
            {
                "description": "A start time and a length of wall time, on the dates of a rule.",
                "fields": ("recurrence", "first_date", "start_time", "duration", "time_zone"),
            },
        ),
        (
            "Or as a calendar says",
            {
                "description": "Somebody else’s calendar, or the public holidays of a country, "
                "in the time zone above. The last good copy holds while it cannot be read.",
                "fields": ("ics_url", "ics", "holidays"),
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Window]:
        rows = super().get_queryset(request)
        return rows.select_related("calendar").defer("calendar__text")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and "_preview" in request.POST:
            return self._preview(request, object_id)
        if request.method == "POST" and "_try" in request.POST:
            return self._try(request, object_id)
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
        form, row = self._filled_in(request, object_id)
        valid = form.is_valid()
        told = _told(cast(Window, form.instance)) if valid else {"times": []}
        return self._again(request, form, row, previewed=valid, **told)

    def _try(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Try the window as it was filled in on the past; nothing of it is saved."""
        form, row = self._filled_in(request, object_id)
        return tried(backtests.of_window, form, request) or self._again(
            request, form, row, previewed=False, times=[]
        )

    def _filled_in(
        self, request: HttpRequest, object_id: str | None
    ) -> tuple[forms.ModelForm, Window | None]:
        row = self.get_object(request, object_id) if object_id else None
        demand_may_save(self, request, row)
        form = self.get_form(request, row, change=row is not None)
        return form(request.POST, request.FILES, instance=row), row

    def _again(
        self, request: HttpRequest, form: forms.ModelForm, row: Window | None, **more: Any
    ) -> HttpResponse:
        context = {**context_of(self, request, form, row), **more}
        return self.render_change_form(
            request, context, add=row is None, change=row is not None, obj=row
        )

    @admin.action(description="Deactivate the selected windows", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        now = timezone.now()
        for row in queryset.filter(is_active=True):
            calendar.deactivate(ref=row.ref, actor=actor_of(request), now=now)
            self.message_user(request, f"“{row.name}” holds no more.")

    @admin.action(description="Read the calendars of the selected windows", permissions=["change"])
    def read_now(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        rows = queryset.exclude(source=Window.Source.TIMES)
        for row in rows:
            calendars.poll(window_id=row.pk, now=timezone.now())
            row.refresh_from_db()
            failed = row.calendar.failure
            level = messages.WARNING if failed else messages.SUCCESS
            self.message_user(request, f"{row.name}: {failed or 'read.'}", level=level)
        if not rows:
            self.message_user(
                request, "None of them has a calendar to read.", level=messages.WARNING
            )

    @admin.display(description="effect", ordering="effect")
    def effect_word(self, row: Window) -> str:
        return row.effect.capitalize()

    @admin.display(description="when")
    def when(self, row: Window) -> str:
        """Its rule, or its one period in the reader's zone."""
        if row.source != Window.Source.TIMES:
            return standing.source_of(row)
        if row.recurrence:
            zone = row.time_zone or "the team’s zone"
            return f"{row.recurrence} at {row.start_time:%H:%M}, {zone}"
        if row.starts_at is None or row.ends_at is None:
            return ""
        first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        return f"{first:%d %b %Y %H:%M} – {last:%d %b %Y %H:%M %Z}"

    @admin.display(description="calendar")
    def copy(self, row: Window) -> str:
        """How reading its calendar goes."""
        return standing.standing_of(row)

    @admin.display(description="only")
    def of_place(self, row: Window) -> str:
        """What narrows it."""
        return scope.words(row)


def _told(row: Window) -> dict[str, Any]:
    """What the page tells of a window: `times` and `cautions`."""
    found = shown(row, now=timezone.now())
    return {
        "times": found.times,
        "cautions": found.cautions,
        "calendar": standing.standing_of(row) if row.pk else "",
        "calendar_fails": standing.fails(row),
    }

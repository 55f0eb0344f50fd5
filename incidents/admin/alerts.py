"""Routes of alerts, with a try on the last day; and the alerts themselves, to read."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from incidents.alerts import trying
from incidents.models import Alert, AlertRoute
from incidents.rulebook import alert_routes
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm

SHOWN = 100


class AlertRouteForm(KeptForm):
    """What a route matches, where it leads, and what becomes of its alerts."""

    class Meta:
        model = AlertRoute
        fields = alert_routes.EDITABLE
        widgets: ClassVar = {"matchers": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})}

    def _get_validation_exclusions(self) -> set[str]:
        """What does not fit together is the writer's to say, in sentences."""
        return {*super()._get_validation_exclusions(), "service_label", "group_labels"}  # type: ignore[misc]

    def ask(self) -> None:
        alert_routes.check(self.instance, actor=self.actor)

    def write(self) -> None:
        alert_routes.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(AlertRoute)
class AlertRouteAdmin(KeptAdmin):
    form = AlertRouteForm
    change_form_template = "admin/incidents/alertroute/change_form.html"
    list_display = ("name", "order", "matchers", "leads_to", "declares", "is_active")
    list_select_related = ("service", "environment")
    list_filter = ("is_active", "declares")
    search_fields = ("name", "matchers")
    fieldsets = (
        (None, {"fields": ("name", "order", "is_active", "matchers")}),
        (
            "Where its alerts belong",
            {
                "fields": (
                    "service",
                    "service_label",
                    "environment",
                    "environment_label",
                    "severity",
                    "grouping",
                    "group_labels",
                )
            },
        ),
        (
            "What becomes of them",
            {
                "fields": (
                    "declares",
                    "threshold",
                    "threshold_minutes",
                    "resolves",
                    "ends_after_minutes",
                    "escalation",
                )
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
        if request.method == "POST" and "_try" in request.POST:
            return self._try(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _try(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """What the route as it was filled in would have done; nothing of it is saved."""
        row = self.get_object(request, object_id) if object_id else None
        if not (
            self.has_change_permission(request, row) if row else self.has_add_permission(request)
        ):
            raise PermissionDenied
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        context: dict[str, Any] = {**self.admin_site.each_context(request), "form": form}
        if form.is_valid():
            found = trying.tried(form.instance, now=timezone.now())
            context |= {"tried": found, "matches": found.matches[:SHOWN]}
        return TemplateResponse(
            request,
            "admin/incidents/alertroute/tried.html",
            {**context, "title": "What it would have done", "route": form.instance},
            status=200 if "tried" in context else 422,
        )

    @admin.display(description="leads to")
    def leads_to(self, row: AlertRoute) -> str:
        service = row.service.slug if row.service else f"label {row.service_label}"
        if row.environment:
            return f"{service} in {row.environment.slug}"
        return service


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts as they stand; they are told by their tools."""

    list_display = ("title", "source", "state", "severity", "service", "incident", "started_at")
    list_select_related = ("service", "incident")
    list_filter = ("state", "severity", "source")
    search_fields = ("title", "key")
    show_full_result_count = False

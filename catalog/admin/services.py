"""Services and environments in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog.models import Environment, Service, ServiceDependency


class NeedsInline(admin.TabularInline):
    model = ServiceDependency
    fk_name = "service"
    extra = 0
    autocomplete_fields = ("needs",)
    verbose_name = "service it needs"
    verbose_name_plural = "services it needs"


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    list_display = ("slug", "name", "tier", "owner_team", "is_active")
    list_filter = ("tier", "is_active", "owner_team")
    list_select_related = ("owner_team",)
    search_fields = ("slug", "name")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("owner_team",)
    inlines = (NeedsInline,)


@admin.register(Environment)
class EnvironmentAdmin(admin.ModelAdmin):
    """What is kept apart there is shown here, and set on the environment's page, which is linked:
    what is scheduled follows it.
    """

    readonly_fields = ("one_at_a_time", "max_running", "demands_reauthentication")
    list_display = ("slug", "name", "default", "one_at_a_time", "max_running")
    search_fields = ("slug", "name")
    prepopulated_fields = {"slug": ("name",)}

    def get_fieldsets(self, request: HttpRequest, obj: Environment | None = None) -> Any:
        """A new one begins as usual; of one there is, what goes on at once, and where to set it."""
        own = (None, {"fields": ("slug", "name", "default")})
        if obj is None:
            return [own]
        page = reverse("environment", args=[obj.slug])
        words = format_html('Set on <a href="{}">the page of {}</a>.', page, obj.name)
        kept = {"fields": self.readonly_fields, "description": words}
        return [own, ("How much goes on at once", kept)]

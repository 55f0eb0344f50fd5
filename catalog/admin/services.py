"""Services and environments in the admin."""

from django.contrib import admin

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
    """What holds there is set on the environment's page: what is scheduled follows it."""

    exclude = ("one_at_a_time", "max_running", "demands_reauthentication")
    list_display = ("slug", "name", "default")
    search_fields = ("slug", "name")
    prepopulated_fields = {"slug": ("name",)}

"""Error budgets in the admin."""

from django.contrib import admin
from django.http import HttpRequest

from incidents.models import ErrorBudget


@admin.register(ErrorBudget)
class ErrorBudgetAdmin(admin.ModelAdmin):
    """Read here; monitoring reports them over the API."""

    list_display = ("service", "name", "objective", "remaining_percent", "measured_at")
    list_filter = ("name",)
    list_select_related = ("service",)
    search_fields = ("service__slug", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ErrorBudget | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ErrorBudget | None = None) -> bool:
        return False

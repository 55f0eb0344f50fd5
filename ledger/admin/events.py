"""Events in the admin: to read, never to write."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from ledger import timeline
from ledger.models import Event


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing can be added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "subject", "position", "verb", "actor")
    list_filter = (("at", admin.DateFieldListFilter),)
    ordering = ("-at", "-id")
    search_fields = ("subject",)
    search_help_text = "A ref, such as CHG-12 or service:checkout."
    show_full_result_count = False
    fields = (
        "subject",
        "position",
        "about",
        "verb",
        "actor",
        "at",
        "told",
        "content_digest",
        "previous_digest",
        "digest",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Events that name the ref exactly: an index finds them among millions."""
        ref = search_term.strip()
        return (queryset & timeline.about(ref=ref) if ref else queryset), False

    @admin.display(description="data")
    def told(self, event: Event) -> str:
        """The data, laid out to be read."""
        return format_html(
            "<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False, sort_keys=True)
        )

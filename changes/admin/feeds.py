"""Calendar feeds in the admin: read, and revoked."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from changes import feeds
from changes.models import Feed
from ledger.admin.events import ReadOnlyAdmin


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "owner", "narrowed_to", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    list_filter = ("revoked_at",)
    search_fields = ("name", "prefix", "owner__username")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.display(description="shows")
    def narrowed_to(self, row: Feed) -> str:
        """What it is narrowed to."""
        return row.shows or "everything"

    @admin.action(description="Revoke the selected feeds")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        for row in queryset:
            try:
                feeds.revoke(feed_id=row.pk, actor=actor_of(request), now=timezone.now())
            except feeds.NoSuchFeed as problem:
                self.message_user(request, f"{problem} A superuser may revoke it.", level="warning")
            else:
                self.message_user(request, f"“{row.name}” opens nothing any more.")

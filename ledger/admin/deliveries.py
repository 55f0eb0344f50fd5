"""Deliveries in the admin: to read, and to try again what was given up."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from ledger import outbox
from ledger.admin.events import ReadOnlyAdmin
from ledger.decision import Refused
from ledger.models import Delivery

JOINED = ("event", "subscription", "callback", "letter__to", "reply")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "receiver", "status", "attempts", "next_attempt_at", "last_error")
    list_filter = ("status", "subscription")
    list_select_related = JOINED
    search_fields = ("event__subject__exact",)
    search_help_text = "A ref, such as CHG-12."
    show_full_result_count = False
    actions = ("retry",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change subscriptions may send again."""
        return request.user.has_perm("ledger.change_subscription")

    @admin.action(description="Send the selected messages again", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        now, again = timezone.now(), 0
        for delivery in queryset.select_related(*JOINED):
            try:
                outbox.retry(delivery=delivery, actor=actor_of(request), now=now)
                again += 1
            except Refused as refused:
                self.message_user(request, f"{delivery}: {refused}", messages.WARNING)
        if again:
            self.message_user(request, f"Sending {again} again.")

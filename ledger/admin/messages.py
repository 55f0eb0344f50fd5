"""Messages in the admin: to read as they came, and to have read once more."""

from django.contrib import admin
from django.contrib import messages as flash
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from catalog.actors import actor_of
from ledger import inbox
from ledger.admin.events import ReadOnlyAdmin
from ledger.decision import Refused
from ledger.models import Message

SHOWN_BYTES = 20_000


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "source", "topic", "received_at", "state", "attempts", "error_begins")
    list_filter = ("state", "source")
    list_select_related = ("source",)
    show_full_result_count = False
    actions = ("replay",)
    fields = (
        "source",
        "topic",
        "delivery_id",
        "received_at",
        "state",
        "attempts",
        "next_attempt_at",
        "error",
        "headers",
        "told",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Bodies are fetched for the one message that is looked at."""
        return super().get_queryset(request).defer("body")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whoever may change sources may have messages read again."""
        return request.user.has_perm("ledger.change_source")

    @admin.action(description="Have the selected messages read again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        now, again = timezone.now(), 0
        for message in queryset.order_by("id"):
            try:
                inbox.replay(message=message, actor=actor_of(request), now=now)
                again += 1
            except Refused as refused:
                self.message_user(request, f"{message}: {refused}", flash.WARNING)
        if again:
            self.message_user(request, f"Reading {again} again.")

    @admin.display(description="error")
    def error_begins(self, message: Message) -> str:
        """As much of it as fits into a line."""
        return message.error[:120]

    @admin.display(description="body")
    def told(self, message: Message) -> str:
        """The body as text; what is no text is shown as such, and nothing of it is run."""
        body = bytes(message.body)
        more = f" … {len(body) - SHOWN_BYTES:,} more bytes" if len(body) > SHOWN_BYTES else ""
        text = body[:SHOWN_BYTES].decode("utf-8", "replace")
        return format_html("<pre>{}{}</pre>", text, more)

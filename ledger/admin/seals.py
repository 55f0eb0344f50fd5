"""Seals in the admin: to read, never to write."""

from django.contrib import admin

from ledger.admin.events import ReadOnlyAdmin
from ledger.models import Seal


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ("ref", "sealed_at", "count", "first_id", "last_id", "kid", "digest")
    list_filter = (("sealed_at", admin.DateFieldListFilter),)
    ordering = ("-number",)
    search_fields = ("=number", "=digest")
    search_help_text = "A number, or a whole digest."
    show_full_result_count = False
    fields = (
        "number",
        "sealed_at",
        "first_id",
        "last_id",
        "count",
        "root",
        "previous_digest",
        "digest",
        "kid",
        "signed",
    )

    @admin.display(description="signature")
    def signed(self, seal: Seal) -> str:
        """In hex."""
        return bytes(seal.signature).hex()

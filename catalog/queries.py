"""Reads of the catalogue that pages need."""

from django.db.models import QuerySet

from catalog.models import Service


def services_shown() -> QuerySet[Service]:
    """Every service with its team and what it needs, active and critical first. Two statements."""
    return (
        Service.objects.select_related("owner_team")
        .prefetch_related("depends_on")
        .order_by("-is_active", "tier", "slug")
    )

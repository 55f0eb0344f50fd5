"""Reads of the catalogue that pages need."""

from django.db.models import QuerySet

from catalog.models import Service, User


def services_shown() -> QuerySet[Service]:
    """Every service with its team and what it needs, active and critical first. Two statements."""
    return (
        Service.objects.select_related("owner_team")
        .prefetch_related("depends_on")
        .order_by("-is_active", "tier", "slug")
    )


def colleagues_of(*, user: User) -> QuerySet[User]:
    """The active people in a team with a user, themselves among them; a hundred at most."""
    people = User.objects.filter(
        memberships__team__memberships__user=user, is_active=True, is_robot=False
    )
    return people.distinct().order_by("username")[:100]

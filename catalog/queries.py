"""Reads of the catalogue that more than one page needs."""

from django.db.models import QuerySet

from catalog.models import Service, User


def teams_of(*, user: User) -> frozenset[str]:
    """The slugs of the teams a user is in."""
    return frozenset(user.memberships.values_list("team__slug", flat=True))


def members_of(*, team: str) -> QuerySet[User]:
    """The active people of a team by its slug, robots left out, by username."""
    people = User.objects.filter(memberships__team__slug=team, is_active=True, is_robot=False)
    return people.order_by("username")


def active_services() -> QuerySet[Service]:
    """Services that take changes, their team joined, by slug."""
    return Service.objects.filter(is_active=True).select_related("owner_team")

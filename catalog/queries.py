"""Reads of the catalogue that pages need."""

from django.db.models import Q, QuerySet

from catalog.models import Service, User


def services_shown(*, words: str = "", team: str = "", limit: int) -> list[Service]:
    """Services with their team and what they need, active and critical first. Two statements.

    `words` are looked for in slug and name, `team` is the owner's slug.
    """
    rows = Service.objects.select_related("owner_team").prefetch_related("depends_on")
    if words:
        rows = rows.filter(Q(slug__icontains=words) | Q(name__icontains=words))
    if team:
        rows = rows.filter(owner_team__slug=team)
    return list(rows.order_by("-is_active", "tier", "slug")[:limit])


def colleagues_of(*, user: User) -> QuerySet[User]:
    """The active people in a team with a user, themselves among them; a hundred at most."""
    people = User.objects.filter(
        memberships__team__memberships__user=user, is_active=True, is_robot=False
    )
    return people.distinct().order_by("username")[:100]

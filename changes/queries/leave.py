"""Who is on leave, and who stands in for whom, as it is asked beside other things."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import User
from catalog.roles import AUDITORS
from changes.models import Absence, Delegation

NOW = "%(now)s::timestamptz"


def away(person: str) -> str:
    """Until when the person of this key is on leave; null where they are present."""
    return f"""(SELECT max(a.ends_at) FROM changes_absence a
        WHERE a.person_id = {person} AND a.starts_at <= {NOW} AND a.ends_at > {NOW})"""  # noqa: S608 our own names


def delegate(person: str) -> str:
    """Key and name of who stands in for the person of this key and could vote; or null."""
    return f"""(SELECT json_build_array(x.id, x.username)
        FROM changes_delegation d JOIN catalog_user x ON x.id = d.delegate_id
        WHERE d.delegator_id = {person} AND d.starts_at <= {NOW} AND d.ends_at > {NOW}
            AND x.is_active AND NOT x.is_robot AND {away("x.id")} IS NULL
            AND NOT EXISTS (SELECT FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
                WHERE m.user_id = x.id AND g.name = 'Auditors'))"""  # noqa: S608 our own names


def standing(actor: str, team: str) -> str:
    """Of whoever asks: until when they are on leave, and those who delegated to them.

    Those are told by key, username, groups and role in the team of this key.
    """
    return f"""json_build_array({away(actor)}, (
        SELECT json_agg(json_build_array(p.id, p.username,
                ARRAY(SELECT g.name::text FROM catalog_user_groups m
                    JOIN auth_group g ON g.id = m.group_id WHERE m.user_id = p.id),
                (SELECT m.role FROM catalog_membership m
                    WHERE m.user_id = p.id AND m.team_id = {team})) ORDER BY p.username)
        FROM changes_delegation d JOIN catalog_user p ON p.id = d.delegator_id
        WHERE d.delegate_id = {actor} AND d.starts_at <= {NOW} AND d.ends_at > {NOW}
            AND p.is_active AND NOT p.is_robot))"""  # noqa: S608 our own names


def present(*, user: User, now: datetime) -> list[User]:
    """Somebody and all for whom they stand in now, as far as these are active and no auditors.

    They come first, with their groups unread; nobody does while they are on leave. One statement.
    """
    held = Delegation.objects.filter(delegate=user, starts_at__lte=now, ends_at__gt=now)
    away = Absence.objects.filter(person=OuterRef("pk"), starts_at__lte=now, ends_at__gt=now)
    rows = User.objects.filter(
        Q(pk=user.pk) | Q(pk__in=held.values("delegator"), is_active=True, is_robot=False)
    )
    people = rows.exclude(groups__name=AUDITORS).annotate(is_away=Exists(away)).order_by("username")
    found = list(people)
    if not any(one.pk == user.pk and not one.is_away for one in found):
        return []
    return [user, *(one for one in found if one.pk != user.pk)]


def every_absence() -> QuerySet[Absence]:
    """Absences with the people they name."""
    return Absence.objects.select_related("person", "made_by", "ended_by")


def every_delegation() -> QuerySet[Delegation]:
    """Delegations with the people they name."""
    return Delegation.objects.select_related("delegator", "delegate", "made_by", "ended_by")


def of_person(rows: QuerySet[Any], username: str) -> QuerySet[Any]:
    """Those of absences or delegations that are somebody's, given or received."""
    if rows.model is Absence:
        return rows.filter(person__username=username)
    return rows.filter(Q(delegator__username=username) | Q(delegate__username=username))


def absences(*, of: User) -> QuerySet[Absence]:
    """The absences of somebody, newest first."""
    return of_person(every_absence(), of.username)


def delegations(*, of: User) -> QuerySet[Delegation]:
    """The delegations somebody gave or received, newest first."""
    return of_person(every_delegation(), of.username)

"""Changes that wait for somebody's vote."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Membership, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL, groups_of
from changes.models import Change, Requirement, Vote
from changes.policies.facts import Authority
from changes.states import State

STARTED = (str(State.IMPLEMENTING), str(State.VALIDATING))
BY_GROUP = {
    CAB: (Authority.CAB, Authority.ECAB),
    CHANGE_MANAGERS: (Authority.CHANGE_MANAGER,),
    ON_CALL: (Authority.ECAB,),
}


def wanted() -> QuerySet[Change]:
    """Changes that ask for votes: submitted ones, and those that broke glass and owe theirs."""
    owed = Q(broke_glass_at__isnull=False, retroactively_approved_at__isnull=True)
    return Change.objects.filter(
        Q(state=str(State.AWAITING_APPROVAL)) | (owed & Q(state__in=STARTED))
    )


def wanted_of_cab() -> QuerySet[Change]:
    """Those of `wanted` in which the CAB or the emergency CAB is asked."""
    return wanted().filter(_asked(Q(authority__in=[Authority.CAB, Authority.ECAB])))


def wanted_of(*, user: User) -> QuerySet[Change]:
    """Those of `wanted` on which this user can vote now.

    They are entitled in a stage that has come, not involved, have not voted, and the change is not
    on hold. One query for the user's groups. Auditors and robots are asked nothing.
    """
    groups = groups_of(user)
    if user.is_robot or AUDITORS in groups:
        return Change.objects.none()
    held = [str(one) for role, some in BY_GROUP.items() if role in groups for one in some]
    teams = Membership.objects.filter(user=user)
    team = "change__service__owner_team__in"
    entitled = (
        Q(authority__in=held)
        | Q(authority=Authority.PEER, **{team: teams.values("team")})
        | Q(authority=Authority.SERVICE_OWNER, **{team: teams.filter(role="lead").values("team")})
        | Q(authority=Authority.ECAB, change__incident__commander=user)
        | Q(authority=Authority.GROUP, group__in=groups)
        | Q(authority=Authority.PEOPLE, people__contains=[user.username])
    ) & (Q(stage=1) | Q(asked_at__isnull=False))
    involved = Q(author=user) | Q(last_editor=user) | Q(implementer=user, implementer__isnull=False)
    voted = Vote.objects.filter(change=OuterRef("pk"), round=OuterRef("approval_round"), voter=user)
    return wanted().filter(_asked(entitled), ~Exists(voted), ~involved, held_at__isnull=True)


def current(rows: QuerySet[Requirement] | QuerySet[Vote]) -> QuerySet:
    """Of requirements or votes, those of the round their change is in."""
    return rows.filter(round=F("change__approval_round"))


def _asked(who: Q) -> Exists:
    return Exists(
        Requirement.objects.filter(who, change=OuterRef("pk"), round=OuterRef("approval_round"))
    )

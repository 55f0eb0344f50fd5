"""Changes that wait for somebody's vote."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Membership, User
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL, groups_of
from changes.models import Change, Requirement, Vote
from changes.policies.facts import Authority
from changes.queries import leave
from changes.queries.agreement import involved_in
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
    cab = [Authority.CAB, Authority.ECAB]
    later = Q(next_authority__in=cab, escalated_at__isnull=False)
    return wanted().filter(_asked(Q(authority__in=cab) | later))


def wanted_of(*, user: User, now: datetime) -> QuerySet[Change]:
    """Those of `wanted` on which this user can vote at `now`, by themselves or for somebody.

    They are entitled in a stage that has come, not involved, have not voted, and the change is not
    on hold. Two statements. Auditors, robots and people on leave are asked nothing.
    """
    return wanted_by(leave.present(user=user, now=now))


def wanted_by(people: Sequence[User]) -> QuerySet[Change]:
    """`wanted_of` the first of these people, who stands in for the others; nothing for nobody."""
    if not people or people[0].is_robot:
        return Change.objects.none()
    user, *others = people
    open_to = _open_to(user)
    for one in others:
        open_to |= _open_to(one)
    voted = _votes().filter(voter=user)
    return wanted().filter(open_to, ~Exists(voted), ~_involved(user), held_at__isnull=True)


def _open_to(person: User) -> Q:
    """What a person may vote on, or somebody for them: they are asked, and have not spoken."""
    entitled = (
        _holds(person, "authority", "group")
        | Q(authority=Authority.PEOPLE, people__contains=[person.username])
        | Q(escalated_at__isnull=False) & _holds(person, "next_authority", "next_group")
    ) & (Q(stage=1) | Q(asked_at__isnull=False))
    spoken = _votes().filter(Q(voter=person) | Q(on_behalf_of=person))
    return Q(_asked(entitled)) & ~Q(Exists(spoken)) & ~_involved(person)


def _holds(person: User, authority: str, group: str) -> Q:
    """A requirement whose columns of these names say what the person holds."""
    groups = groups_of(person)
    held = [str(one) for role, some in BY_GROUP.items() if role in groups for one in some]
    teams = Membership.objects.filter(user=person)
    owners, team = teams.filter(role="lead"), "change__service__owner_team__in"
    return (
        Q(**{f"{authority}__in": held})
        | Q(**{authority: Authority.PEER, team: teams.values("team")})
        | Q(**{authority: Authority.SERVICE_OWNER, team: owners.values("team")})
        | Q(**{authority: Authority.ECAB, "change__incident__commander": person})
        | Q(**{authority: Authority.GROUP, f"{group}__in": groups})
    )


def _involved(person: User) -> Q:
    return (
        Q(author=person) | Q(last_editor=person) | Q(implementer=person, implementer__isnull=False)
    )


def _votes() -> QuerySet[Vote]:
    return Vote.objects.filter(change=OuterRef("pk"), round=OuterRef("approval_round"))


def current(rows: QuerySet[Requirement] | QuerySet[Vote]) -> QuerySet:
    """Of requirements or votes, those of the round their change is in."""
    return rows.filter(round=F("change__approval_round"))


def approving(change: Change, votes: Iterable[Vote]) -> dict[str, frozenset[str]]:
    """Who approved the plan as it stands, by key, with the authorities they held.

    Whoever is involved in the change, or voted for somebody who is, does not count.
    """
    involved = involved_in(change) - {None}
    return {
        str(vote.voter_id): frozenset(vote.authorities)
        for vote in votes
        if vote.decision == Vote.Word.APPROVE
        and vote.plan_digest == change.plan_digest
        and not {vote.voter_id, vote.on_behalf_of_id} & involved
    }


def _asked(who: Q) -> Exists:
    return Exists(
        Requirement.objects.filter(who, change=OuterRef("pk"), round=OuterRef("approval_round"))
    )

"""What home shows: what waits for somebody, what runs, and what the gate refused lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

from catalog.models import Membership, User
from catalog.roles import groups_of
from changes.models import Change, GateAnswer, Requirement, Task, Vote
from changes.policies.facts import Authority, Need, VoteCast
from changes.queries import leave
from changes.queries.agreement import need_of
from changes.queries.facts_people import authorities
from changes.queries.voting import current, wanted_by
from changes.states import FINAL, TODO, State

LOOKED_AT = 40
RUNNING_SHOWN = 8
REFUSALS_SHOWN = 5
LATELY = timedelta(days=7)
IN_FLIGHT = (str(State.IMPLEMENTING), str(State.VALIDATING))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that asks for votes, with what its round needs and has, and as what one may vote.

    `for_others` maps what one may vote as for somebody else to who that is.
    """

    change: Change
    mine: frozenset[str]
    for_others: Mapping[str, str]
    needs: tuple[Need, ...]
    votes: tuple[VoteCast, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """An open change somebody wrote or implements; `rejected` when its last round was.

    One `of_team` was filed by a robot for the reader's team, and no person implements it.
    """

    change: Change
    rejected: bool
    of_team: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """The changes in flight whose planned end comes first, and how many there are in all."""

    changes: list[Change]
    count: int


def wanted_from(*, user: User, now: datetime) -> list[Wanted]:
    """The changes this user may vote on at `now`, the first planned first. Six statements."""
    people = leave.present(user=user, now=now)
    roles: dict[int, dict[int, str]] = {person.pk: {} for person in people}
    members = Membership.objects.filter(user__in=people)
    for key, team, role in members.values_list("user", "team", "role"):
        roles[key][team] = role
    rows = (
        wanted_by(people)
        .select_related("service", "incident")
        .order_by("planned_start_at", "id")
        .prefetch_related(
            Prefetch("requirements", current(Requirement.objects.order_by("id"))),
            Prefetch("votes", current(Vote.objects.select_related("voter").order_by("id"))),
        )[:LOOKED_AT]
    )
    return [_wanted(change, people, roles) for change in rows]


def _wanted(change: Change, people: list[User], roles: dict[int, dict[int, str]]) -> Wanted:
    needs = tuple(need_of(one) for one in change.requirements.all())
    team = change.service.owner_team_id
    mine, *others = (
        _authorities(change, needs, user=person, role=roles[person.pk].get(team))
        for person in people
    )
    return Wanted(
        change,
        mine=mine,
        for_others={
            key: person.label
            for person, held in zip(people[1:], others, strict=True)
            for key in held
        },
        needs=needs,
        votes=tuple(
            VoteCast(one.voter.username, one.decision, frozenset(one.authorities), one.plan_digest)
            for one in change.votes.all()
        ),
    )


def _authorities(
    change: Change, needs: tuple[Need, ...], *, user: User, role: str | None
) -> frozenset[str]:
    """As what the user may vote, as keys of needs; `role` is theirs in the owner team."""
    commands = change.incident is not None and change.incident.commander_id == user.pk
    held = authorities(user.username, groups=groups_of(user), role=role, incident=None, needs=needs)
    return held | ({str(Authority.ECAB)} if commands else set())


_DRAFTS_LAST = Case(
    When(state=str(State.PLANNING), was_rejected=False, then=Value(1)), default=Value(0)
)


def own_open(*, user: User) -> list[Own]:
    """The open changes somebody wrote or implements; drafts last, for there may be many.

    What a robot filed and nobody implements is its team's, once it is carried out: somebody has to
    review and close it. At most `LOOKED_AT`. One statement.
    """
    mine = Q(author=user) | Q(implementer=user)
    nobodys = Q(author__is_robot=True, implementer=None, state=str(State.VALIDATING))
    teams = Membership.objects.filter(user=user).values("team")
    rejection = Vote.objects.filter(
        change=OuterRef("pk"), round=OuterRef("approval_round"), decision=Vote.Word.REJECT
    )
    rows = (
        Change.objects.filter(mine | (nobodys & Q(service__owner_team__in=teams)))
        .exclude(state__in=[str(state) for state in FINAL])
        .select_related("template")
        .annotate(was_rejected=Exists(rejection), rank=_DRAFTS_LAST)
        .order_by("rank", "planned_end_at", "id")[:LOOKED_AT]
    )
    return [
        Own(
            change,
            change.was_rejected,
            of_team=user.pk not in (change.author_id, change.implementer_id),
        )
        for change in rows
    ]


def tasks_of(*, user: User) -> QuerySet[Task]:
    """The tasks that were given to somebody and are not done, the first due first. One statement.

    At most `LOOKED_AT`.
    """
    rows = Task.objects.filter(assignee=user, state__in=[str(state) for state in TODO])
    due = F("planned_end_at").asc(nulls_last=True)
    return rows.select_related("change").order_by(due, "change_id", "number")[:LOOKED_AT]


def running() -> Running:
    """What is implemented or validated now. Two statements."""
    rows = Change.objects.filter(state__in=IN_FLIGHT)
    shown = list(
        rows.select_related("service", "environment").order_by(
            F("planned_end_at").asc(nulls_last=True), "id"
        )[:RUNNING_SHOWN]
    )
    full = len(shown) == RUNNING_SHOWN
    return Running(shown, rows.count() if full else len(shown))


def refusals(*, now: datetime) -> QuerySet[GateAnswer]:
    """The latest answers of the last week that were no yes, newest first. One statement."""
    lately = GateAnswer.objects.filter(at__gt=now - LATELY)
    return lately.exclude(decision=GateAnswer.Answer.ALLOW).order_by("-at", "-id")[:REFUSALS_SHOWN]

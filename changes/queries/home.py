"""What home shows: what waits for somebody, what runs, and what the gate refused lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

from catalog.models import Membership, User
from catalog.roles import groups_of
from changes.models import Change, GateAnswer, Requirement, Task, Vote
from changes.policies.facts import Authority, Need, VoteCast
from changes.queries.agreement import need_of
from changes.queries.voting import BY_GROUP, current, wanted_of
from changes.states import FINAL, TODO, State

LOOKED_AT = 40
RUNNING_SHOWN = 8
REFUSALS_SHOWN = 5
LATELY = timedelta(days=7)
IN_FLIGHT = (str(State.IMPLEMENTING), str(State.VALIDATING))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that asks for votes, with what its round needs and has, and as what one may vote."""

    change: Change
    mine: frozenset[str]
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


def wanted_from(*, user: User) -> list[Wanted]:
    """The changes this user may still vote on, the first planned first. Five statements at most."""
    teams = dict(Membership.objects.filter(user=user).values_list("team", "role"))
    rows = (
        wanted_of(user=user)
        .select_related("service", "incident")
        .order_by("planned_start_at", "id")
        .prefetch_related(
            Prefetch("requirements", current(Requirement.objects.order_by("id"))),
            Prefetch("votes", current(Vote.objects.select_related("voter").order_by("id"))),
        )[:LOOKED_AT]
    )
    return [
        Wanted(
            change,
            mine=_authorities(change, user=user, role=teams.get(change.service.owner_team_id)),
            needs=tuple(need_of(one) for one in change.requirements.all()),
            votes=tuple(
                VoteCast(
                    one.voter.username, one.decision, frozenset(one.authorities), one.plan_digest
                )
                for one in change.votes.all()
            ),
        )
        for change in rows
    ]


def _authorities(change: Change, *, user: User, role: str | None) -> frozenset[str]:
    """As what the user may vote, as keys of needs; `role` is theirs in the owner team."""
    held = {str(one) for group in groups_of(user) for one in BY_GROUP.get(group, ())}
    held |= {f"group:{group}" for group in groups_of(user)}
    held |= {str(Authority.PEER)} if role else set()
    held |= {str(Authority.SERVICE_OWNER)} if role == Membership.Role.LEAD else set()
    listed = [need_of(one) for one in change.requirements.all() if user.username in one.people]
    commands = change.incident is not None and change.incident.commander_id == user.pk
    return frozenset(
        [*held, *(need.key for need in listed), *([str(Authority.ECAB)] if commands else [])]
    )


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

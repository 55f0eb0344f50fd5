"""The best slots for a change: windows and plans of others, handed to the rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from catalog.models import Service, User
from changes.models import Change
from changes.policies import Facts
from changes.policies.reach import EVERYWHERE, Reach
from changes.policies.slots import Found, Neighbour, Wish, best
from changes.queries import facts as gathered
from changes.queries.refs import number_of
from changes.states import FINAL, Kind, State
from changes.windows import Interval

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=72)
FARTHEST = timedelta(days=90)
LOOKED_AT = 500
BLOCKING = (str(State.SCHEDULED), str(State.IMPLEMENTING))
ENVIRONMENT = "environment"
PLANNED = (*BLOCKING, str(State.AWAITING_APPROVAL))


@dataclass(frozen=True, slots=True)
class Sought:
    """What is to be planned; with `change` (a ref) its kind, category, risk and overrides count.

    `own` is the ref of the change that is being planned anew: it is not in its own way.
    """

    service: str
    environment: str
    duration: timedelta
    within: Interval
    kind: str = "normal"
    category: str = ""
    risk: str = "low"
    change: str = ""
    own: str = ""


def slots(
    sought: Sought, *, count: int, actor: User, now: datetime, reach: Reach = EVERYWHERE
) -> Found:
    """The best slots there are, at most `count`. Six statements.

    Raises `NoSuchPlace`, `NoSuchChange` for text that is no ref, and `Refused` beyond `reach`.
    """
    facts = _facts(sought, actor=actor, now=now)
    reach.demand(service=facts.service, team=facts.team, environment=facts.environment)
    return best(
        Wish(
            within=sought.within,
            duration=sought.duration,
            zone=facts.zone,
            windows=facts.windows,
            neighbours=tuple(_neighbours(sought, facts)),
            environment_is_open=facts.environment_is_open,
            skips_calendar=facts.kind is Kind.EMERGENCY,
        ),
        count=count,
    )


def _facts(sought: Sought, *, actor: User, now: datetime) -> Facts:
    if sought.change:
        found, _ = gathered.at_gate(
            service=sought.service,
            environment=sought.environment,
            change=number_of(sought.change),
            revision="",
            actor=actor,
            now=now,
            key_purpose="",
        )
        if found.ref:
            return found
    return gathered.of_place(
        service=sought.service,
        environment=sought.environment,
        kind=sought.kind,
        category=sought.category,
        risk=sought.risk,
        actor=actor,
        now=now,
    )


def _neighbours(sought: Sought, facts: Facts) -> list[Neighbour]:
    """Changes planned meanwhile in the environment, of its service, what that needs and what needs
    it, which a slot must not overlap once they are scheduled; and of its team.

    Where the environment takes one change at a time, all of them; a lock of it blocks like one.
    """
    service = Service.objects.get(slug=facts.service)
    related = {
        service.pk,
        *service.needs_rows.values_list("needs", flat=True),
        *service.needed_by_rows.values_list("service", flat=True),
    }
    beside = Change.also_affects.through.objects.filter(service=service).values("change")
    alone = facts.one_at_a_time == ENVIRONMENT
    near = Q(service__in=related) | Q(team=service.owner_team_id) | Q(pk__in=beside)
    rows = (
        Change.objects.exclude(state__in=[str(state) for state in FINAL])
        .filter(
            Q() if alone else near,
            state__in=PLANNED,
            environment__slug=facts.environment,
            planned_start_at__lt=sought.within.ends_at,
            planned_end_at__gt=sought.within.starts_at,
        )
        .select_related("service")
        .prefetch_related("also_affects")
        .order_by("planned_start_at", "id")
    )
    own = {sought.change.strip().upper(), sought.own}
    taken = [
        Neighbour(Interval(sought.within.starts_at, one.until), f"the lock by {one.by}", "", True)
        for one in (facts.lock,)
        if one is not None and one.until > sought.within.starts_at
    ]
    return taken + [
        Neighbour(
            Interval(row.planned_start_at, row.planned_end_at),
            row.ref,
            row.service.slug,
            blocks=row.state in BLOCKING
            and (alone or row.service_id in related or service in row.also_affects.all()),
        )
        for row in rows[:LOOKED_AT]
        if row.ref not in own and row.planned_start_at and row.planned_end_at
    ]

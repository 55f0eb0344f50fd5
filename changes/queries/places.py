"""What holds on many services and environments at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Value, When

from catalog.models import Environment, Membership, Service, User
from changes.models import EnvironmentLock, Window
from changes.policies.custom import RuleSet
from changes.policies.facts import Facts, IncidentFacts, LockFacts, OverdueReview, OverrideFacts
from changes.queries import holding, overrides, owed, policies, scopes
from changes.queries.environments import locks
from changes.queries.override_rows import lifts
from changes.states import Kind, State
from changes.windows import lift


@dataclass(frozen=True, slots=True)
class Places:
    """Facts about no change in particular, for each service (a row) in each environment.

    `more` services are left out.
    """

    environments: list[Environment]
    rows: list[tuple[Service, list[Facts]]]
    more: int


def places(*, reader: User, now: datetime, limit: int, service: str = "", team: str = "") -> Places:
    """At most `limit` active services, those of the reader's teams first.

    Nine statements.
    """
    found, more = _services(reader, limit=limit, service=service, team=team)
    environments = list(Environment.objects.order_by("slug"))
    windows, rules = scopes.active(now=now), policies.now_in_force()
    taken = locks(now=now)
    keys = [one.pk for one in found]
    incidents, overdue = holding.on_places(keys), owed.overdue(services=keys, now=now)
    opened = overrides.of_places(keys, now=now)
    rows = [
        (
            one,
            [
                _overridden(
                    _facts(
                        one,
                        place,
                        windows,
                        rules,
                        incidents.get((one.pk, place.pk), ()),
                        overdue.get(one.pk, ()),
                    ),
                    opened.get((one.pk, place.pk), ()),
                    lock=_lock(taken.get(place.pk)),
                )
                for place in environments
            ],
        )
        for one in found
    ]
    return Places(environments, rows, more)


def _lock(row: EnvironmentLock | None) -> LockFacts | None:
    if row is None:
        return None
    change = row.change.ref if row.change else ""
    return LockFacts(row.locked_by.username, row.reason, row.until, change)


def _services(reader: User, *, limit: int, service: str, team: str) -> tuple[list[Service], int]:
    mine = Exists(Membership.objects.filter(user=reader, team=OuterRef("owner_team")))
    rows = Service.objects.filter(is_active=True).select_related("owner_team")
    if service:
        rows = rows.filter(slug=service)
    if team:
        rows = rows.filter(owner_team__slug=team)
    first = Case(When(mine, then=Value(0)), default=Value(1))
    shown = list(rows.order_by(first, "tier", "slug")[: limit + 1])
    more = rows.count() - limit if len(shown) > limit else 0
    return shown[:limit], more


def _overridden(
    facts: Facts, opened: tuple[OverrideFacts, ...], *, lock: LockFacts | None
) -> Facts:
    there = lift(facts.windows, lifts(opened)) if opened else facts.windows
    return replace(facts, overrides=opened, windows=there, lock=lock)


def _facts(
    service: Service,
    environment: Environment,
    windows: Sequence[Window],
    rules: RuleSet,
    incidents: tuple[IncidentFacts, ...],
    overdue: tuple[OverdueReview, ...],
) -> Facts:
    kind = Kind.NORMAL
    return Facts(
        ref="",
        kind=kind,
        state=State.PLANNING,
        service=service.slug,
        environment=environment.slug,
        tier=service.tier,
        environment_is_open=environment.default == Environment.Default.OPEN,
        team=service.owner_team.slug,
        zone=service.owner_team.time_zone,
        windows=scopes.in_scope(
            windows, service=service, environment=environment.slug, kind=str(kind)
        ),
        open_incidents=incidents,
        overdue_reviews=overdue,
        custom_rules=rules,
    )

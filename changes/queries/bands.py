"""Which windows hold over which lanes of a schedule, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from catalog.models import Service, Team, User
from changes import windows
from changes.models import Window
from changes.queries import calendar, scope_sql
from changes.queries.calendar import rule_of
from changes.windows import Interval, Occurrence, scope
from changes.windows.scope import Place

LANES_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Lane:
    """A service or a team as windows see it; `tier` is None for a team. `zone` is IANA."""

    slug: str
    name: str
    team: str
    zone: str
    tier: int | None = None

    @property
    def is_team(self) -> bool:
        return self.tier is None


@dataclass(frozen=True, slots=True)
class Band:
    """One time a window holds over some lanes, by slug; `where` says what it is narrowed to."""

    occurrence: Occurrence
    window: str
    lanes: frozenset[str]
    where: str


def service_lanes(
    *, busy: Iterable[str], reader: User, team: str = "", service: str = ""
) -> list[Lane]:
    """Lanes of services by slug: those that are `busy`, and the idle ones the reader may plan on.

    Idle are shown, up to `LANES_AT_MOST`, the services of the filters, else of the reader's teams.
    One statement.
    """
    names = list(busy)
    idle = Q(slug=service) if service else Q(owner_team__in=_teams(reader, team), is_active=True)
    rows = Service.objects.filter(Q(slug__in=names) | idle).select_related("owner_team")
    lanes = [
        Lane(one.slug, one.name, one.owner_team.slug, one.owner_team.time_zone, one.tier)
        for one in _busy_first(rows, names)
    ]
    return sorted(lanes, key=lambda lane: lane.slug)


def team_lanes(
    *, busy: Iterable[str], reader: User, team: str = "", service: str = ""
) -> list[Lane]:
    """Lanes of teams by slug, like `service_lanes`. One statement."""
    names = list(busy)
    idle = Q(services__slug=service) if service else Q(pk__in=_teams(reader, team))
    rows = Team.objects.filter(Q(slug__in=names) | idle).distinct()
    lanes = [Lane(one.slug, one.name, one.slug, one.time_zone) for one in _busy_first(rows, names)]
    return sorted(lanes, key=lambda lane: lane.slug)


def touching(*, within: Interval, environment: str = "") -> list[Window]:
    """Active windows that may hold in the period, in `environment` if named. One statement."""
    rows = calendar.touching(within)
    return list(rows.filter(scope_sql.covering(Place(environment=environment or None))))


def bands(rows: Iterable[Window], *, within: Interval, lanes: Sequence[Lane]) -> list[Band]:
    """When windows hold over the lanes, each in the zone of its team, earliest first.

    A window that covers only some services of a team is not drawn over the team.
    """
    found: list[Band] = []
    for row in rows:
        covered: dict[str, set[str]] = {}
        for lane in lanes:
            if _covers(row, lane):
                covered.setdefault(row.time_zone or lane.zone, set()).add(lane.slug)
        found += _bands(row, covered, within)
    return sorted(found, key=lambda one: (one.occurrence, one.window, sorted(one.lanes)))


def _bands(row: Window, covered: dict[str, set[str]], within: Interval) -> list[Band]:
    """Zones that come to the same instants share a band."""
    held: dict[Occurrence, set[str]] = {}
    instants: dict[Interval, Occurrence] = {}
    for zone, slugs in sorted(covered.items()):
        for one in windows.occurrences([rule_of(row, zone=zone)], within):
            known = instants.setdefault(one.interval, one)
            held.setdefault(known, set()).update(slugs)
    where = scope_words(row)
    return [Band(one, row.ref, frozenset(slugs), where) for one, slugs in held.items()]


def _covers(row: Window, lane: Lane) -> bool:
    if lane.is_team:
        return not row.services and not row.tiers and scope.covers(row, Place(team=lane.team))
    return scope.covers(row, Place(team=lane.team, service=lane.slug, tier=lane.tier))


def scope_words(row: Window) -> str:
    """`production, tier 1`: what a window is narrowed to; empty where it holds everywhere."""
    return scope.words(row)


def _teams(reader: User, team: str) -> QuerySet[Team]:
    return Team.objects.filter(slug=team) if team else Team.objects.filter(members=reader)


def _busy_first(rows: QuerySet[Any], names: list[str]) -> QuerySet[Any]:
    idle = Case(When(slug__in=names, then=Value(0)), default=Value(1))
    return rows.order_by(idle, "slug")[: max(LANES_AT_MOST, len(names))]

"""The calendar: windows as rows, and when they hold."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from catalog.models import Environment, Service, Team
from changes import windows
from changes.models import Calendar, Window
from changes.queries import scope_sql
from changes.queries.listed_times import listed_of, with_times
from changes.queries.names import there_is_no
from changes.windows import Effect, InFlight, Interval, Level, Occurrence, Recurrence
from changes.windows.scope import Place

_REF = re.compile(r"WIN-([1-9][0-9]{0,17})", re.IGNORECASE | re.ASCII)


class NoSuchWindow(LookupError):
    """No window has this ref."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(f"There is no window {ref}.")


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """One time a window holds; `window` is its ref."""

    occurrence: Occurrence
    window: str


def window_by_ref(*, ref: str, lock: bool = False) -> Window:
    """The window `WIN-7`, its row locked until the transaction ends if asked.

    Raises `NoSuchWindow`.
    """
    match = _REF.fullmatch(ref)
    rows = Window.objects.select_for_update() if lock else Window.objects.all()
    found = rows.filter(pk=int(match[1])).first() if match else None
    if found is None:
        raise NoSuchWindow(ref)
    return found


def rule_of(row: Window, *, zone: str) -> windows.Window:
    """The window as the pure rules take it; `zone` (IANA) is read where the row has none."""
    once = Interval(row.starts_at, row.ends_at) if row.starts_at and row.ends_at else None
    recurs = None
    if once is None and row.first_date and row.start_time and row.duration:
        recurs = Recurrence(row.recurrence, row.first_date, row.start_time, row.duration)
    return windows.Window(
        name=row.name,
        effect=Effect(row.effect),
        level=Level(row.level),
        zone=row.time_zone or zone,
        reason=row.reason,
        once=once,
        recurs=recurs,
        listed=listed_of(row),
        in_flight=InFlight(row.in_flight),
        ref=row.ref,
    )


def occurrences(
    *, within: Interval, service: str = "", environment: str = "", team: str = ""
) -> list[Held]:
    """When active windows hold in a period, earliest first.

    `service`, `environment` and `team` are slugs that leave only the windows in whose scope they
    are. A window without a zone of its own is read in the service's team's zone; with no service,
    in the zone of every team in its scope, each different time once. Three statements at most.
    Raises `ValidationError` for an unknown service or environment.
    """
    place = _service(service) if service else None
    if environment and not Environment.objects.filter(slug=environment).exists():
        raise ValidationError({"environment": there_is_no("environment", environment)})
    asked = Place(
        team=team or (place.owner_team.slug if place else None),
        service=place.slug if place else None,
        tier=place.tier if place else None,
        environment=environment or None,
    )
    found = list(touching(within).filter(scope_sql.covering(asked)))
    zones = {} if place or not any(_floats(row) for row in found) else _zones(team)
    own = [place.owner_team.time_zone] if place else None
    return sorted(
        {
            Held(one, row.ref)
            for row in found
            for zone in own or _zones_of(row, zones)
            for one in windows.occurrences([rule_of(row, zone=zone)], within)
        }
    )


@dataclass(frozen=True, slots=True)
class Unread:
    """A calendar that could not be read last time; its copy of `good_at` holds."""

    name: str
    failure: str
    failed_at: datetime | None
    good_at: datetime


def unread(rows: Iterable[Window]) -> list[Unread]:
    """Which of the windows' calendars fail, by name. One statement, none without a calendar."""
    ours = [row.pk for row in rows if row.source != Window.Source.TIMES]
    if not ours:
        return []
    failing = Calendar.objects.filter(window__in=ours, failures__gt=0).order_by("window__name")
    told = failing.values_list("window__name", "failure", "failed_at", "good_at")
    return [Unread(*one) for one in told]


def touching(within: Interval) -> QuerySet[Window]:
    """Active windows that may hold in a period, with the times that calendars list in it."""
    rows = Window.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lt=within.ends_at, ends_at__gt=within.starts_at),
        is_active=True,
    )
    return with_times(rows, within=within)


def _service(slug: str) -> Service:
    found = Service.objects.select_related("owner_team").filter(slug=slug).first()
    if found is None:
        raise ValidationError({"service": there_is_no("service", slug)})
    return found


def _floats(row: Window) -> bool:
    return bool(row.recurrence) and not row.time_zone


def _zones(team: str) -> dict[str, str]:
    """Each team's slug with its zone, or the one team's alone."""
    teams = Team.objects.filter(slug=team) if team else Team.objects.all()
    return dict(teams.values_list("slug", "time_zone"))


def _zones_of(row: Window, zones: dict[str, str]) -> Iterable[str]:
    if not _floats(row):
        return ["UTC"]
    meant = [zone for slug, zone in zones.items() if not row.teams or slug in row.teams]
    return sorted(set(meant)) or ["UTC"]

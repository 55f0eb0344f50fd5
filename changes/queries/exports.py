"""What other tools must be told of windows: when, in which zone, over which services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q

from catalog.models import Environment, Service
from changes.models import Window
from changes.queries.calendar import rule_of
from changes.queries.names import missing, there_is_no
from changes.windows import Window as Rule
from changes.windows.scope import Place, covers


@dataclass(frozen=True, slots=True)
class Part:
    """The services a window covers that read it in one zone; None stands for all of them."""

    zone: str
    services: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A window with its parts by zone and the environments it covers, None for all of them.

    `closed` are those of them that are closed by default.
    """

    row: Window
    rule: Rule
    parts: tuple[Part, ...]
    environments: tuple[str, ...] | None
    closed: tuple[str, ...]


def outgoing(
    *, now: datetime, team: str = "", service: str = "", environment: str = ""
) -> list[Outgoing]:
    """Active windows that are not over and cover any of what the slugs name, by name.

    Three statements, and one for each slug. Raises `ValidationError` for an unknown one.
    """
    named = {"team": team, "service": service, "environment": environment}
    for kind, slug in named.items():
        if slug and missing(kind, [slug]):
            raise ValidationError({kind: there_is_no(kind, slug)})
    services = _services(team=team, service=service)
    places = [
        (one.slug, one.default == "open")
        for one in Environment.objects.order_by("slug")
        if environment in ("", one.slug)
    ]
    rows = Window.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), is_active=True)
    found = [_outgoing(row, services, places, whole=not (team or service)) for row in rows]
    return [one for one in found if one.parts and (one.environments is None or one.environments)]


def _services(*, team: str, service: str) -> list[tuple[Place, str]]:
    rows = Service.objects.filter(is_active=True).order_by("slug")
    rows = rows.filter(owner_team__slug=team) if team else rows
    rows = rows.filter(slug=service) if service else rows
    told = rows.values_list("slug", "tier", "owner_team__slug", "owner_team__time_zone")
    return [(Place(team=owner, service=slug, tier=tier), zone) for slug, tier, owner, zone in told]


def _outgoing(
    row: Window,
    services: Sequence[tuple[Place, str]],
    places: Sequence[tuple[str, bool]],
    *,
    whole: bool,
) -> Outgoing:
    zones: dict[str, list[str]] = {}
    for place, zone in services:
        if covers(row, place):
            zones.setdefault(row.time_zone or zone, []).append(place.service or "")
    everything = whole and sum(map(len, zones.values())) == len(services)
    parts = tuple(
        Part(zone, None if everything and len(zones) == 1 else tuple(slugs))
        for zone, slugs in sorted(zones.items())
    )
    inside = [(slug, opens) for slug, opens in places if covers(row, Place(environment=slug))]
    return Outgoing(
        row,
        rule_of(row, zone="UTC"),
        parts,
        None if len(inside) == len(places) else tuple(slug for slug, _ in inside),
        tuple(slug for slug, opens in inside if not opens),
    )

"""Where an alert belongs: the first route that matches it, and what that says.

An alert that no route takes is kept and shown all the same, with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

import orjson

from catalog.models import Environment, Service
from incidents.alerts import matching
from incidents.models import AlertRoute
from incidents.signals import Signal

LONGEST_GROUP = 255
LONGEST_REASON = 300
NO_ROUTE = "No route matches it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an alert belongs; without a route, `because` says why."""

    route: AlertRoute | None = None
    service: Service | None = None
    environment: Environment | None = None
    severity: int | None = None
    group: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """The routes in their order, and the services and environments that they may lead to."""

    routes: Sequence[AlertRoute]
    services: Mapping[str, Service] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)

    @classmethod
    def read(cls, signals: Iterable[Signal], *, source: str, routes: Sequence[AlertRoute]) -> Self:
        """What it takes to route these signals: a statement for services and environments each."""
        services: set[str] = set()
        environments: set[str] = set()
        for signal in signals:
            labels = labels_of(signal, source=source)
            services |= {labels.get(one.service_label, "") for one in routes}
            environments |= {labels.get(one.environment_label, "") for one in routes}
        return cls(
            routes,
            {one.slug: one for one in _services(services - {""})},
            {one.slug: one for one in _environments(environments - {""})},
        )


def active() -> list[AlertRoute]:
    """The routes that are asked, in their order."""
    rows = AlertRoute.objects.filter(is_active=True)
    return list(rows.select_related("service__owner_team", "environment"))


def labels_of(signal: Signal, *, source: str) -> dict[str, str]:
    """What matchers look at: the labels, and what the signal says besides where no label does.

    `severity_level` is 1 to 4, as we understand the tool's word.
    """
    return {
        "source": source,
        "service": signal.service,
        "environment": signal.environment,
        "severity_word": signal.severity_word,
        "severity_level": str(signal.severity or ""),
        **signal.labels,
    }


def place(signal: Signal, *, source: str, on: Map) -> Place:
    """Where an alert belongs."""
    labels = labels_of(signal, source=source)
    because = NO_ROUTE
    for route in on.routes:
        if not takes(route, labels):
            continue
        service = route.service or on.services.get(labels.get(route.service_label, ""))
        if service is not None:
            return _placed(route, service, signal, labels, source=source, on=on)
        if because == NO_ROUTE:
            because = _no_service(route, labels)
    return Place(because=because[:LONGEST_REASON])


def takes(route: AlertRoute, labels: Mapping[str, str]) -> bool:
    """Whether a route's matchers hold; one whose matchers cannot be read takes nothing."""
    try:
        return matching.matches(matching.matchers_of(route.matchers), labels)
    except matching.NotMatchers:
        return False


def _placed(
    route: AlertRoute,
    service: Service,
    signal: Signal,
    labels: Mapping[str, str],
    *,
    source: str,
    on: Map,
) -> Place:
    environment = route.environment
    if environment is None and route.environment_label:
        environment = on.environments.get(labels.get(route.environment_label, ""))
    where = f"{service.slug}/{environment.slug if environment else '*'}/"
    return Place(
        route=route,
        service=service,
        environment=environment,
        severity=route.severity or signal.severity,
        group=_short(where + _group(route, signal, labels, source=source)),
    )


def _group(route: AlertRoute, signal: Signal, labels: Mapping[str, str], *, source: str) -> str:
    """What tells the groups of a route apart."""
    match route.grouping:
        case AlertRoute.Grouping.SERVICE:
            return ""
        case AlertRoute.Grouping.LABELS:
            names = [name.strip() for name in route.group_labels.split(",")]
            return orjson.dumps([labels.get(name, "") for name in names]).decode()
        case AlertRoute.Grouping.TOOL if signal.group:
            return f"{source}/{signal.group}"
    return f"{source}/{signal.key}"


def _no_service(route: AlertRoute, labels: Mapping[str, str]) -> str:
    word = labels.get(route.service_label, "")
    if not word:
        return f"The route {route.name} needs a label {route.service_label}: it has none."
    return f"The route {route.name} takes its service from {route.service_label}, and “{word}” is \
no service here."


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_GROUP else sha256(key.encode()).hexdigest()


def _services(slugs: set[str]) -> Iterable[Service]:
    return Service.objects.filter(slug__in=slugs).select_related("owner_team") if slugs else ()


def _environments(slugs: set[str]) -> Iterable[Environment]:
    return Environment.objects.filter(slug__in=slugs) if slugs else ()

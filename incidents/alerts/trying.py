"""Trying a route on the alerts of the last day, before it is kept or changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from incidents.alerts import routing
from incidents.models import Alert, AlertRoute
from incidents.signals import Said, Signal

BACK = timedelta(days=1)
LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Match:
    """An alert that the route matches: where it would go, or the earlier route that takes it."""

    alert: Alert
    place: routing.Place
    earlier: AlertRoute | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a route would have done: how many alerts were looked at, those that match, the groups
    that they would have made, and whether there were more than are looked at.
    """

    heard: int
    matches: Sequence[Match]
    groups: int
    more: bool


def tried(route: AlertRoute, *, now: datetime) -> Tried:
    """What a route, kept or not, would have done with the alerts of the last day, newest first."""
    fires, since = ~Q(state=Alert.State.RESOLVED), Q(started_at__gt=now - BACK)
    found = list(
        Alert.objects.filter(fires | since).order_by("-started_at", "-id")[: LOOKED_AT + 1]
    )
    looked_at = found[:LOOKED_AT]
    signals = [(one, _signal(one)) for one in looked_at]
    others = [one for one in routing.active() if one.pk != route.pk]
    order = (route.order, route.pk or float("inf"))
    earlier = [one for one in others if (one.order, one.pk) < order]
    on = routing.Map.read([one for _, one in signals], source="", routes=[*earlier, route])
    alone = routing.Map([route], on.services, on.environments)
    matches = []
    for alert, signal in signals:
        if not routing.takes(route, routing.labels_of(signal, source=alert.source)):
            continue
        first = routing.place(signal, source=alert.source, on=on)
        mine = routing.place(signal, source=alert.source, on=alone)
        taken = first.route if first.route is not None and first.route is not route else None
        matches.append(Match(alert, mine, taken))
    groups = {one.place.group for one in matches if one.place.route and not one.earlier}
    return Tried(len(looked_at), matches, len(groups), len(found) > LOOKED_AT)


def _signal(alert: Alert) -> Signal:
    """What was said of an alert last, as far as routes look at it."""
    return Signal(
        key=alert.key,
        said=Said.FIRING,
        title=alert.title,
        started_at=alert.started_at,
        severity=alert.severity,
        severity_word=alert.severity_word,
        service=alert.service_word,
        environment=alert.environment_word,
        group=alert.group_word,
        labels=alert.labels,
    )

"""Alerts that began join the incident of their group, or declare one; when all ended it says so.

# Note [Groups are locked in order]
Whoever changes alerts of a group holds the group's row from then on: two that begin at once declare
one incident, and of two that end at once the later one sees that nothing fires any more. New groups
are written before any is locked, and both in the order of their keys, so nobody waits in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from incidents import lifecycle
from incidents.alerts.following import Firing
from incidents.alerts.growing import Growth, follow, grow
from incidents.alerts.held import held
from incidents.alerts.telling import say, tell
from incidents.models import Alert, AlertGroup, AlertRoute, Incident
from incidents.states import OPEN
from ledger.decision import Refused

_NEW_GROUPS = """
INSERT INTO incidents_alertgroup (route_id, key, joined, told, is_quiet)
SELECT route_id, key, 0, 0, false FROM unnest(%s::bigint[], %s::text[]) AS new(route_id, key)
ORDER BY route_id, key ON CONFLICT (route_id, key) DO NOTHING
"""
_PUT_ALERTS = """
UPDATE incidents_alert alert SET group_id = put.group_id
FROM unnest(%s::bigint[], %s::bigint[]) AS put(id, group_id) WHERE alert.id = put.id
"""
_PUT_FIRINGS = """
UPDATE incidents_alertoccurrence firing SET group_id = put.group_id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS put(alert_id, word, group_id)
WHERE firing.alert_id = put.alert_id AND firing.word = put.word
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """An alert that began to fire and still does, ceased to, or became graver meanwhile.

    `group` is its group's key where it began, `over` the firings that were over when they were
    heard of.
    """

    alert: Alert
    group: str = ""
    began: bool = False
    ended: bool = False
    worse: bool = False
    over: Sequence[Firing] = ()


def join(changed: Sequence[Changed], *, now: datetime) -> set[str]:
    """Let incidents be as their alerts say; answers the refs of those that were told something."""
    began = [one for one in changed if (one.began or one.over) and _declares(one.alert)]
    ended = {one.alert.group_id for one in changed if one.ended and one.alert.group_id}
    worse = [one.alert for one in changed if one.worse]
    known = {one.alert.group_id for one in began if one.alert.group_id}
    groups = _locked(
        [one for one in began if one.group],
        ended | known | {one.group_id for one in worse if one.group_id},
    )
    if not groups:
        return set()
    grew = _grown(began, groups)
    incidents = held(groups)
    told = set()
    for group in groups:
        if group.pk in grew:
            incident = grow(group, grew[group.pk], incidents.get(group.pk), now=now)
            if incident is not None:
                incidents[group.pk] = incident
                told.add(incident.ref)
    for group in groups:
        graver = [one for one in worse if one.group_id == group.pk]
        if graver and group.pk in incidents:
            follow(incidents[group.pk], graver, now=now)
    for group in groups:
        quiet = group.pk in ended or (group.pk in grew and grew[group.pk].over)
        if quiet and group.pk in incidents:
            told |= _fall_quiet(group, incidents[group.pk], now=now)
    return told


def _declares(alert: Alert) -> bool:
    return alert.route is not None and alert.route.declares


def _locked(began: Iterable[Changed], others: set[int]) -> list[AlertGroup]:
    """The groups concerned, each locked. See Note [Groups are locked in order]."""
    keys = sorted({(one.alert.route_id, one.group) for one in began})
    wanted = Q(pk__in=others)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_NEW_GROUPS, [[route for route, _ in keys], [key for _, key in keys]])
        for route in {route for route, _ in keys}:
            wanted |= Q(route=route, key__in=[key for one, key in keys if one == route])
    elif not others:
        return []
    rows = AlertGroup.objects.select_for_update(of=("self",)).select_related("route")
    return list(rows.filter(wanted).order_by("route_id", "key"))


def _grown(began: Sequence[Changed], groups: Sequence[AlertGroup]) -> dict[int, Growth]:
    """What began in each group, by the group's id; alerts and firings belong to them then.

    A firing that was told late, of an alert that has had others since, belongs where the alert is.
    """
    by_key: dict[tuple[int | None, str], int] = {(g.route_id, g.key): g.pk for g in groups}
    grew: dict[int, Growth] = {}
    alerts: list[tuple[int, int]] = []
    firings: list[tuple[int, str, int]] = []
    for one in began:
        alert = one.alert
        number = by_key.get((alert.route_id, one.group)) if one.group else alert.group_id
        if number is None:
            continue
        growth = grew.setdefault(number, Growth())
        if one.began:
            growth.began.append(alert)
            firings.append((alert.pk, alert.occurrence, number))
        growth.over += [(alert, firing) for firing in one.over]
        firings += [(alert.pk, firing.word, number) for firing in one.over]
        if alert.group_id is None:
            alerts.append((alert.pk, number))
    _put(_PUT_ALERTS, alerts)
    _put(_PUT_FIRINGS, firings)
    return grew


def _put(sql: str, told: Sequence[tuple[object, ...]]) -> None:
    if told:
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(column) for column in zip(*told, strict=True)])


def _fall_quiet(group: AlertGroup, incident: Incident, *, now: datetime) -> set[str]:
    """Say that nothing fires any more, and resolve the incident where the route says so."""
    if group.is_quiet or incident.state not in OPEN:
        return set()
    firing = Alert.objects.filter(incident=incident).exclude(state=Alert.State.RESOLVED)
    if firing.exists():
        return set()
    group.incident, group.is_quiet = incident, True
    group.save(update_fields=["incident", "is_quiet"])
    tell(incident, "incident.alerts_ended", group, (), now=now)
    if group.route.resolves:
        _resolve(incident, group.route, now=now)
    return {incident.ref}


def _resolve(incident: Incident, route: AlertRoute, *, now: datetime) -> None:
    """Resolve it, unless something else is owed first: then people do, and it says why."""
    note = f"All of its alerts have ended, and the route “{route.name}” resolves it then."
    try:
        incident.state = lifecycle.resolve(ref=incident.ref, actor=None, now=now, note=note).state
    except Refused as refused:
        say(incident, "incident.not_resolved_by_alerts", now=now, why=str(refused))

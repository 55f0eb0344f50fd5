"""Alerts that began join the incident of their group, or declare one; when all ended it says so.

# Note [Groups are locked in order]
Whoever changes alerts of a group holds the group's row from then on: two that begin at once declare
one incident, and of two that end at once the later one sees that nothing fires any more. New groups
are written before any is locked, and both in the order of their keys, so nobody waits in a circle.

# Note [Told as it grows]
A storm is not told alert by alert. The timeline says how many are part of the incident at 1, 2, 5,
10, 20, 50, 100 and so on; the alerts themselves are rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, Q

from incidents import lifecycle, queries
from incidents.models import Alert, AlertGroup, AlertOccurrence, AlertRoute, Incident
from incidents.states import OPEN
from ledger import refs, timeline
from ledger.decision import Refused

USUAL_SEVERITY = 3
LONGEST_TITLE = 200
TITLES_TOLD = 5
FOLDED_AT_MOST = 5
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
UPDATE incidents_alertoccurrence firing SET group_id = alert.group_id
FROM incidents_alert alert WHERE alert.id = ANY(%s) AND firing.alert_id = alert.id
    AND firing.word = alert.occurrence
"""
_PUT_INCIDENT = """
WITH joined AS (
    UPDATE incidents_alert SET incident_id = %(incident)s
    WHERE group_id = %(group)s AND state <> 'resolved'
        AND incident_id IS DISTINCT FROM %(incident)s
    RETURNING id, occurrence
), firings AS (
    UPDATE incidents_alertoccurrence firing SET incident_id = %(incident)s
    FROM joined WHERE firing.alert_id = joined.id AND firing.word = joined.occurrence
)
SELECT count(*) FROM joined
"""
_HOLD = "SELECT state, folded_into_id FROM incidents_incident WHERE id = %s FOR KEY SHARE"
_HOLD_ALONE = "SELECT state, folded_into_id FROM incidents_incident WHERE id = %s FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Changed:
    """An alert that began to fire and still does, or ceased to; `group` is its group's key."""

    alert: Alert
    group: str
    began: bool
    ended: bool


def join(changed: Sequence[Changed], *, now: datetime) -> set[str]:
    """Let incidents be as their alerts say; answers the refs of those that were told something."""
    began = [one for one in changed if one.began and _declares(one.alert)]
    ended = {one.alert.group_id for one in changed if one.ended and one.alert.group_id}
    groups = _locked(began, ended)
    if not groups:
        return set()
    by_key: dict[tuple[int | None, str], AlertGroup] = {(g.route_id, g.key): g for g in groups}
    grew: dict[int, list[Alert]] = {}
    for one in began:
        grew.setdefault(by_key[one.alert.route_id, one.group].pk, []).append(one.alert)
    _put([(alert.pk, number) for number, some in grew.items() for alert in some])
    told = set()
    for group in groups:
        if group.pk in grew:
            told |= _grow(group, grew[group.pk], now=now)
        if group.pk in ended:
            told |= _fall_quiet(group, now=now)
    return told


def _declares(alert: Alert) -> bool:
    return alert.route is not None and alert.route.declares


def _locked(began: Iterable[Changed], ended: set[int]) -> list[AlertGroup]:
    """The groups concerned, each locked. See Note [Groups are locked in order]."""
    keys = sorted({(one.alert.route_id, one.group) for one in began})
    wanted = Q(pk__in=ended)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_NEW_GROUPS, [[route for route, _ in keys], [key for _, key in keys]])
        for route in {route for route, _ in keys}:
            wanted |= Q(route=route, key__in=[key for one, key in keys if one == route])
    elif not ended:
        return []
    rows = AlertGroup.objects.select_for_update(of=("self",)).select_related("route")
    return list(rows.filter(wanted).order_by("route_id", "key"))


def _put(pairs: Sequence[tuple[int, int]]) -> None:
    """Let alerts and their firings belong to their groups."""
    if not pairs:
        return
    ids = [alert for alert, _ in pairs]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_ALERTS, [ids, [group for _, group in pairs]])
        cursor.execute(_PUT_FIRINGS, [ids])


def _grow(group: AlertGroup, began: Sequence[Alert], *, now: datetime) -> set[str]:
    """Let what began join the open incident of its group, or declare one where it is time to."""
    incident = _open_incident(group)
    if incident is None:
        if not _is_time(group, began):
            return set()
        incident = _declare(group, began, now=now)
        group.incident, group.joined, group.told, group.is_quiet = incident, 0, 0, False
    with connection.cursor() as cursor:
        cursor.execute(_PUT_INCIDENT, {"incident": incident.pk, "group": group.pk})
        group.joined += cursor.fetchone()[0]
    again, group.is_quiet = group.is_quiet, False
    says = _worth_telling(group.told, group.joined)
    if again:
        _record(incident, "incident.alerts_fire_again", group, began, now=now)
    elif says:
        _record(incident, "incident.alerts_joined", group, began, now=now)
    if says:
        group.told = group.joined
    group.save(update_fields=["incident", "joined", "told", "is_quiet"])
    return {incident.ref}


def _open_incident(group: AlertGroup, *, hold: str = _HOLD) -> Incident | None:
    """The incident of a group, if it is open; where it was merged, the one that it is part of now.

    It is held so that nobody closes it before the alerts have joined; alone by whoever looks
    whether anything fires still: of two groups that end at once one must see the other's end.
    """
    number = group.incident_id
    for _ in range(FOLDED_AT_MOST):
        if number is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(hold, [number])
            state, folded_into = cursor.fetchone()
        if state in OPEN:
            group.incident = queries.shown().get(pk=number)
            return group.incident
        number = folded_into
    return None


def _is_time(group: AlertGroup, began: Sequence[Alert]) -> bool:
    """Whether the group fired as often as its route asks for, within its minutes."""
    route = group.route
    if route.threshold <= 1:
        return True
    newest = max(one.started_at for one in began)
    since = newest - timedelta(minutes=route.threshold_minutes)
    fired = AlertOccurrence.objects.filter(group=group, started_at__gt=since)
    return fired.count() >= route.threshold


def _declare(group: AlertGroup, began: Sequence[Alert], *, now: datetime) -> Incident:
    firing = Alert.objects.filter(group=group).exclude(state=Alert.State.RESOLVED)
    found = firing.aggregate(onset=Min("started_at"), worst=Min("severity"))
    first = min(began, key=lambda one: (one.severity or USUAL_SEVERITY, one.started_at, one.pk))
    said = f"\n\n{first.body}" if first.body else ""
    return lifecycle.declare(
        title=first.title[:LONGEST_TITLE].strip() or first.key[:LONGEST_TITLE],
        description=f"Declared by the alert route “{group.route.name}”.{said}",
        service=first.service,  # type: ignore[arg-type]
        environment=first.environment,
        severity=found["worst"] or USUAL_SEVERITY,
        onset_at=min(found["onset"] or now, now),
        actor=None,
        now=now,
    )


def _fall_quiet(group: AlertGroup, *, now: datetime) -> set[str]:
    """Say that nothing fires any more, and resolve the incident where the route says so."""
    incident = _open_incident(group, hold=_HOLD_ALONE)
    if incident is None or group.is_quiet:
        return set()
    firing = Alert.objects.filter(incident=incident).exclude(state=Alert.State.RESOLVED)
    if firing.exists():
        return set()
    group.is_quiet = True
    group.save(update_fields=["incident", "is_quiet"])
    _record(incident, "incident.alerts_ended", group, (), now=now)
    if group.route.resolves:
        _resolve(incident, group.route, now=now)
    return {incident.ref}


def _resolve(incident: Incident, route: AlertRoute, *, now: datetime) -> None:
    """Resolve it, unless something else is owed first: then people do, and it says why."""
    note = f"All of its alerts have ended, and the route “{route.name}” resolves it then."
    try:
        lifecycle.resolve(ref=incident.ref, actor=None, now=now, note=note)
    except Refused as refused:
        _say(incident, "incident.not_resolved_by_alerts", now=now, why=str(refused))


def _worth_telling(told: int, joined: int) -> bool:
    """See Note [Told as it grows]."""
    step = 1
    while step * 10 <= joined:
        step *= 10
    reached = max(one for one in (step, 2 * step, 5 * step) if one <= joined) if joined else 0
    return reached > told


def _record(
    incident: Incident, verb: str, group: AlertGroup, began: Sequence[Alert], *, now: datetime
) -> None:
    titles = [one.title for one in began[:TITLES_TOLD]]
    _say(
        incident,
        verb,
        now=now,
        firings=group.joined,
        route=group.route.name,
        **({"titles": titles} if titles else {}),
    )


def _say(incident: Incident, verb: str, *, now: datetime, **told: Any) -> None:
    service = incident.service
    timeline.record(
        subject=incident.ref,
        verb=verb,
        actor=timeline.SYSTEM,
        at=now,
        about=[refs.of_service(service.slug), refs.of_team(service.owner_team.slug)],
        data=told,
    )

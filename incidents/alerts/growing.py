"""What begins in a group joins its open incident, or declares one where it is time to.

See Note [Over when it was heard of] in `incidents.alerts.following`: what is over already declares
one where its route waits for several firings, joins one that is open, and else is only kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min

from incidents import lifecycle
from incidents.alerts.following import Firing
from incidents.alerts.telling import tell, worth_telling
from incidents.models import Alert, AlertGroup, AlertOccurrence, Incident

USUAL_SEVERITY = 3
MILDEST = 4
LONGEST_TITLE = 200
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
_PUT_WHAT_IS_OVER = """
WITH joined AS (
    UPDATE incidents_alertoccurrence SET incident_id = %(incident)s
    WHERE group_id = %(group)s AND incident_id IS NULL AND ended_at IS NOT NULL
        AND started_at >= %(since)s
    RETURNING alert_id, word
), alerts AS (
    UPDATE incidents_alert alert SET incident_id = %(incident)s
    FROM joined WHERE alert.id = joined.alert_id AND alert.occurrence = joined.word
        AND alert.incident_id IS NULL
)
SELECT count(*) FROM joined
"""


@dataclass(slots=True)
class Growth:
    """What began in a group: `began` fires still, `over` was over when it was heard of."""

    began: list[Alert] = field(default_factory=list)
    over: list[tuple[Alert, Firing]] = field(default_factory=list)

    @property
    def alerts(self) -> list[Alert]:
        """Each alert once, those that fire first."""
        return list(dict.fromkeys([*self.began, *(alert for alert, _ in self.over)]))

    def awake(self, *, now: datetime) -> "Growth":
        """What nobody snoozed; see Note [A snoozed alert declares nothing]."""
        return Growth(
            [one for one in self.began if not one.is_snoozed(now=now)],
            [(one, firing) for one, firing in self.over if not one.is_snoozed(now=now)],
        )

    @property
    def times(self) -> list[datetime]:
        """When the firings began."""
        began = [one.started_at for one in self.began]
        return began + [firing.started_at for _, firing in self.over]


def grow(
    group: AlertGroup, growth: Growth, incident: Incident | None, *, now: datetime
) -> Incident | None:
    """Let what began be part of the incident; None where it is not time to declare one."""
    known = incident
    if incident is None:
        awake = growth.awake(now=now)
        since = _is_time(group, awake) if awake.alerts else None
        if since is None:
            return None
        incident = _declare(group, awake, since=since, now=now)
        group.joined, group.told, group.is_quiet = 0, 0, False
    group.incident = incident
    group.joined += _put(group, growth, incident, is_new=known is None)
    again = group.is_quiet and bool(growth.began)
    group.is_quiet = group.is_quiet and not growth.began
    says = worth_telling(group.told, group.joined)
    if again:
        tell(incident, "incident.alerts_fire_again", group, growth.alerts, now=now)
    elif says:
        tell(incident, "incident.alerts_joined", group, growth.alerts, now=now)
    if says:
        group.told = group.joined
    group.save(update_fields=["incident", "joined", "told", "is_quiet"])
    over = [
        lifecycle.Told(alert.title, firing.started_at)
        for alert, firing in growth.over
        if firing.started_at >= _since(group, incident)
    ]
    follow(incident, growth.began, over, now=now)
    return incident


def follow(
    incident: Incident,
    firing: Sequence[Alert],
    over: Iterable[lifecycle.Told] = (),
    *,
    now: datetime,
) -> None:
    """Let an incident begin with the first of its alerts, and be as grave as the worst that fires.

    See Note [What alerts move, and what they leave].
    """
    told = [lifecycle.Told(one.title, one.started_at, one.severity) for one in firing]
    worst = min(told, key=lambda one: (one.severity or MILDEST, one.began_at), default=None)
    first = min([*told, *over], key=lambda one: one.began_at, default=None)
    if first is None:
        return
    graver = worst is not None and (worst.severity or MILDEST) < incident.severity
    if first.began_at < incident.onset_at or graver:
        stands = lifecycle.follow_alerts(ref=incident.ref, first=first, worst=worst, now=now)
        incident.onset_at, incident.severity = stands.onset_at, stands.severity


def _put(group: AlertGroup, growth: Growth, incident: Incident, *, is_new: bool) -> int:
    """Let what fires in the group be part of the incident, and what fired just before; how many."""
    joined = _joined(_PUT_INCIDENT, incident=incident.pk, group=group.pk)
    if growth.over or (is_new and group.route.threshold > 1):
        since = incident.onset_at if is_new else _since(group, incident)
        joined += _joined(_PUT_WHAT_IS_OVER, incident=incident.pk, group=group.pk, since=since)
    return joined


def _joined(sql: str, **told: int | datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return int(cursor.fetchone()[0])


def _since(group: AlertGroup, incident: Incident) -> datetime:
    """What fired before an incident began, and since then, belongs to it all the same."""
    return incident.onset_at - timedelta(minutes=group.route.threshold_minutes)


def _is_time(group: AlertGroup, growth: Growth) -> datetime | None:
    """Since when the group fired as often as its route asks for; None where it did not.

    One that fires suffices where the route waits for no more.
    """
    route = group.route
    if route.threshold <= 1:
        return min((one.started_at for one in growth.began), default=None)
    within, began = timedelta(minutes=route.threshold_minutes), growth.times
    near = AlertOccurrence.objects.filter(
        group=group, started_at__gt=min(began) - within, started_at__lt=max(began) + within
    )
    times = list(near.order_by("started_at").values_list("started_at", flat=True))
    windows = zip(times, times[route.threshold - 1 :], strict=False)
    return next((first for first, last in windows if last - first < within), None)


def _declare(group: AlertGroup, growth: Growth, *, since: datetime, now: datetime) -> Incident:
    firing = Alert.objects.filter(group=group).exclude(state=Alert.State.RESOLVED)
    found = firing.aggregate(onset=Min("started_at"), worst=Min("severity"))
    alerts = growth.alerts
    severities = [found["worst"], *(one.severity for one in alerts)]
    first = min(alerts, key=lambda one: (one.severity or USUAL_SEVERITY, one.started_at, one.pk))
    said = f"\n\n{first.body}" if first.body else ""
    return lifecycle.declare(
        title=first.title[:LONGEST_TITLE].strip() or first.key[:LONGEST_TITLE],
        description=f"Declared by the alert route “{group.route.name}”.{said}",
        service=first.service,  # type: ignore[arg-type]
        environment=first.environment,
        severity=min((one for one in severities if one), default=USUAL_SEVERITY),
        onset_at=min(found["onset"] or now, since, now),
        actor=None,
        now=now,
    )

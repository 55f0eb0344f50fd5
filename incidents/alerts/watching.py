"""What time does to alerts: those not heard of again end, and sources that fall silent are alerts.

# Note [A silent source]
Monitoring that is broken looks like everything is well. A source may say how often it is to be
heard of; one that is silent for longer is an alert like any other, routed by its labels, and ends
when it is heard of again. What counts is when a message was kept, whatever became of it since.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.alerts.taking import take
from incidents.models import Alert
from incidents.signals import Said, Signal

SOURCE = "tidegate"
NAME = "SourceSilent"
SEVERITY = 2
_HEARD = """
SELECT s.slug, s.name, s.expected_every_minutes, coalesce(
    (SELECT max(received_at) FROM ledger_message m WHERE m.source_id = s.id), s.created_at)
FROM ledger_source s WHERE s.is_active AND s.expected_every_minutes IS NOT NULL ORDER BY s.slug
"""


def listen(*, now: datetime) -> int:
    """Raise an alert for each source that has fallen silent, end those that speak; how many."""
    with transaction.atomic():
        said = _said(now=now)
        if said:
            take(said, source=SOURCE, now=now)
    return len(said)


def _said(*, now: datetime) -> list[Signal]:
    """What there is to say of sources that was not said already."""
    rows = Alert.objects.filter(source=SOURCE, key__startswith=_key("")).exclude(
        state=Alert.State.RESOLVED
    )
    fires = set(rows.values_list("key", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_HEARD)
        heard = cursor.fetchall()
    silent = {
        _key(slug): _silent(slug, name, minutes, last)
        for slug, name, minutes, last in heard
        if last + timedelta(minutes=minutes) <= now
    }
    began = [signal for key, signal in silent.items() if key not in fires]
    over = [_speaks(key, now) for key in sorted(fires - set(silent))]
    return began + over


def _silent(slug: str, name: str, minutes: int, last: datetime) -> Signal:
    return Signal(
        key=_key(slug),
        said=Said.FIRING,
        title=f"{name} has said nothing for {minutes} minutes",
        started_at=last + timedelta(minutes=minutes),
        severity=SEVERITY,
        body=f"Its last message came at {last:%Y-%m-%d %H:%M} UTC. What it watches is not watched.",
        labels={"alertname": NAME, "silent": slug},
    )


def _speaks(key: str, now: datetime) -> Signal:
    return Signal(key=key, said=Said.RESOLVED, title="", started_at=now, ended_at=now)


def _key(slug: str) -> str:
    return f"silent {slug}"

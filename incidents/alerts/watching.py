"""What time does to alerts: those not heard of again end, and sources that fall silent are alerts.

# Note [A silent source]
Monitoring that is broken looks like everything is well. A source may say how often it is to be
heard of; one that is silent for longer is an alert like any other, of the source's service, and
ends when it is heard of again. What counts is when a message was kept, whatever became of it since.

# Note [A source that was refused]
A message that is too large is lost, and with it alerts of which nobody else knows. So that is an
alert too, until an hour has passed without another one.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.alerts.taking import take
from incidents.models import Alert
from incidents.signals import Said, Signal
from ledger.inbox import refusing
from ledger.models import Event, Source

SOURCE = "tidegate"
SILENT, REFUSED = "silent ", "refused "
REFUSED_NAME = "SourceRefused"
REFUSED_FOR = timedelta(hours=1)
NAME = "SourceSilent"
SEVERITY = 2
_HEARD = """
SELECT s.slug, s.name, coalesce(x.slug, ''), s.expected_every_minutes, coalesce(
    (SELECT max(received_at) FROM ledger_message m WHERE m.source_id = s.id), s.created_at)
FROM ledger_source s LEFT JOIN catalog_service x ON x.id = s.service_id
WHERE s.is_active AND s.expected_every_minutes IS NOT NULL ORDER BY s.slug
"""


def listen(*, now: datetime) -> int:
    """Raise an alert for each source that is silent or was refused, and end those; how many."""
    with transaction.atomic():
        said = [*_news(SILENT, _silent_ones(now), now=now), *_news(REFUSED, _refused(now), now=now)]
        if said:
            take(said, source=SOURCE, now=now)
    return len(said)


def _news(prefix: str, told: list[Signal], *, now: datetime) -> list[Signal]:
    """What there is to say of sources that was not said already."""
    rows = Alert.objects.filter(source=SOURCE, key__startswith=prefix)
    fires = set(rows.exclude(state=Alert.State.RESOLVED).values_list("key", flat=True))
    over = fires.difference(signal.key for signal in told)
    began = [signal for signal in told if signal.key not in fires]
    return began + [_speaks(key, now) for key in sorted(over)]


def _silent_ones(now: datetime) -> list[Signal]:
    with connection.cursor() as cursor:
        cursor.execute(_HEARD)
        heard = cursor.fetchall()
    return [
        _silent(slug, name, service, minutes, last)
        for slug, name, service, minutes, last in heard
        if last + timedelta(minutes=minutes) <= now
    ]


def _refused(now: datetime) -> list[Signal]:
    events = Event.objects.filter(verb=refusing.REFUSED, at__gt=now - REFUSED_FOR)
    last = {one.subject.partition(":")[2]: one for one in events.order_by("at")}
    rows = Source.objects.filter(slug__in=last).exclude(service=None)
    services = dict(rows.values_list("slug", "service__slug"))
    return [_too_large(slug, services.get(slug, ""), one) for slug, one in sorted(last.items())]


def _too_large(slug: str, service: str, event: Event) -> Signal:
    size, most = event.data["bytes"], event.data["at_most"]
    return Signal(
        key=REFUSED + slug,
        said=Said.FIRING,
        title=f"A message of {slug} was refused: it is too large",
        started_at=event.at,
        severity=SEVERITY,
        body=f"It had {size:,} bytes, and may have {most:,}. The alerts in it are lost: look at "
        "the tool itself, and let it send less at once (max_alerts in Alertmanager).",
        service=service,
        labels={"alertname": REFUSED_NAME, "refused": slug},
    )


def _silent(slug: str, name: str, service: str, minutes: int, last: datetime) -> Signal:
    return Signal(
        key=SILENT + slug,
        said=Said.FIRING,
        title=f"{name} has said nothing for {minutes} minutes",
        started_at=last + timedelta(minutes=minutes),
        severity=SEVERITY,
        body=f"Its last message came at {last:%Y-%m-%d %H:%M} UTC. What it watches is not watched.",
        service=service,
        labels={"alertname": NAME, "silent": slug},
    )


def _speaks(key: str, now: datetime) -> Signal:
    return Signal(key=key, said=Said.RESOLVED, title="", started_at=now, ended_at=now)

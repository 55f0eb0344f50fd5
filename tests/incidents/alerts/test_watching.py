"""A source that falls silent is an alert, which ends when it speaks again."""

from datetime import timedelta

import pytest

from catalog.models import User
from incidents import alerts
from incidents.models import Alert, Incident
from ledger import inbox, timeline
from ledger.inbox import sources
from ledger.models import Message, Source
from tests.incidents.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def prometheus(oncall: User) -> Source:
    """Expected every ten minutes."""
    made, _ = sources.make(
        actor=oncall,
        now=NOW,
        slug="prom",
        name="Prometheus",
        vendor="alertmanager",
        expected_every_minutes=10,
    )
    return made


def listen(minutes: float) -> int:
    return alerts.listen(now=NOW + timedelta(minutes=minutes))


def speak(source: Source, minutes: float) -> None:
    at = NOW + timedelta(minutes=minutes)
    Message.objects.create(source=source, body=b"{}", received_at=at, next_attempt_at=at)


def test_a_silent_source_is_an_alert_until_it_speaks(prometheus, route):
    route(matchers='alertname="SourceSilent"', resolves=True)
    assert (listen(9), Alert.objects.count()) == (0, 0)

    assert (listen(10), listen(11)) == (1, 0)

    alert, incident = Alert.objects.get(), Incident.objects.get()
    assert (alert.source, alert.state, alert.severity) == ("tidegate", "firing", 2)
    assert alert.title == "Prometheus has said nothing for 10 minutes"
    assert (alert.started_at, incident.onset_at) == (NOW + timedelta(minutes=10),) * 2
    speak(prometheus, 12)
    assert (listen(13), listen(14)) == (1, 0)
    alert.refresh_from_db()
    incident.refresh_from_db()
    assert (alert.state, alert.heard, incident.state) == ("resolved", 2, "resolved")
    assert listen(22) == 1
    assert Alert.objects.get().occurrences == 2


def test_the_silence_of_a_source_is_trouble_of_its_service(prometheus, oncall, route, checkout):
    route(matchers='alertname="SourceSilent"', service=None, service_label="service")
    assert listen(10) == 1
    assert (
        Alert.objects.get().unrouted_because
        == "The route Everything needs a label service: it has none."
    )
    speak(prometheus, 11)
    listen(12)

    sources.edit(source=prometheus, actor=oncall, now=NOW, service=checkout)
    listen(30)

    assert (Incident.objects.get().service, Incident.objects.get().severity) == (checkout, 2)
    edited = timeline.events_of(subject=prometheus.ref).get(verb="source.edited")
    assert edited.data["diff"] == {"service": [None, "checkout"]}


def test_a_source_that_may_be_silent_or_is_disabled_is_no_alert(prometheus, oncall):
    sources.edit(source=prometheus, actor=oncall, now=NOW, is_active=False)
    assert listen(60) == 0

    sources.edit(
        source=prometheus, actor=oncall, now=NOW, is_active=True, expected_every_minutes=None
    )
    assert listen(60) == 0


def test_an_alert_of_a_source_that_is_disabled_ends(prometheus, oncall):
    listen(10)
    sources.edit(source=prometheus, actor=oncall, now=NOW, is_active=False)

    assert listen(11) == 1

    assert Alert.objects.get().state == "resolved"


def test_a_source_whose_message_was_too_large_is_an_alert_for_an_hour(oncall, route):
    given = {"slug": "am", "name": "AM", "vendor": "alertmanager"}
    source, key = sources.make(actor=oncall, now=NOW, **given)
    route(matchers='alertname="SourceRefused"')
    large = inbox.Arrived(slug="am", key=key, headers={}, body=b"", unread_bytes=9_000_000)
    with pytest.raises(inbox.NotTaken):
        inbox.receive(large, now=NOW)

    listen(1)
    listen(2)

    alert = Alert.objects.get()
    assert (alert.state, alert.heard, alert.started_at) == ("firing", 1, NOW)
    assert alert.labels == {"alertname": "SourceRefused", "refused": source.slug}
    assert alert.incident is not None
    listen(61)
    alert.refresh_from_db()
    assert alert.state == "resolved"

"""A snoozed alert declares nothing until the snooze ends."""

from datetime import timedelta

import pytest

from incidents import alerts
from incidents.models import Alert, Incident

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def snoozed(route, say, now):
    """An alert that fired once, ended, and was snoozed for an hour by who knew of it."""
    route(threshold=2, threshold_minutes=30, grouping="service")
    say("a1", "firing")
    say("a1", "resolved", after=1, ended_at=now + timedelta(minutes=1))
    alert = Alert.objects.get()
    alerts.snooze(alert, until=now + HOUR, now=now)
    return alert


def test_it_declares_nothing_while_it_is_snoozed_and_when_it_wakes_it_does(snoozed, say, now):
    say("a1", "firing", after=2)
    early = alerts.wake(now=now + timedelta(minutes=59), limit=9)
    assert (early, Incident.objects.count()) == (0, 0)

    woken = [alerts.wake(now=now + HOUR, limit=9) for _ in range(2)]

    incident = Incident.objects.get()
    snoozed.refresh_from_db()
    assert woken == [1, 0]
    assert (snoozed.incident, snoozed.snoozed_until) == (incident, None)


def test_what_ended_meanwhile_declares_nothing_when_it_wakes(snoozed, say, now):
    say("a1", "firing", after=2)
    say("a1", "resolved", after=3, ended_at=now + timedelta(minutes=3))

    assert alerts.wake(now=now + HOUR, limit=9) == 1
    assert Incident.objects.count() == 0


def test_it_joins_what_another_alert_declares(snoozed, say):
    say("a1", "firing", after=2)

    say("b2", "firing", after=3)

    assert {one.incident for one in Alert.objects.all()} == {Incident.objects.get()}


def test_nobody_snoozes_for_longer_than_thirty_days(snoozed, now):
    alerts.snooze(snoozed, until=now + timedelta(days=400), now=now)

    snoozed.refresh_from_db()
    assert snoozed.snoozed_until == now + timedelta(days=30)
